/** What a new tailnet allows: everything among its own devices. The real one has longer comments. */
export const DEFAULT_POLICY = `// The policy of a new tailnet.
{
	// Who may reach what: everybody everything.
	"grants": [
		{"src": ["*"], "dst": ["*"], "ip": ["*"]},
	],

	// Who may log in with Tailscale SSH: everybody, to their own devices.
	"ssh": [
		{
			"action": "check",
			"src":    ["autogroup:member"],
			"dst":    ["autogroup:self"],
			"users":  ["autogroup:nonroot", "root"],
		},
	],
}
`;
