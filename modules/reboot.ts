import { z } from "zod";
import { splitWords } from "../engine/formats/shell-words.ts";
import { defineAction, type ExecAnswer, read, refuse, type Step, seconds, write } from "../engine/module/index.ts";

const word = z.string().refine((text) => !text.includes("\0"), { error: "an argument cannot hold a NUL character" });

const params = z.strictObject({
  when_required: z
    .boolean()
    .default(false)
    .describe("Only where the system asks for it: a package has left `/run/reboot-required`."),
  message: word
    .max(500, { error: "this is too long for those who are logged in to read" })
    .regex(/^[^\p{Cc}]*$/u, { error: "a message is one line, without control characters" })
    .refine((text) => text.trim() !== "", { error: "an empty message tells nobody anything" })
    .default("restarted by lab")
    .describe("What those who are logged in are told."),
  pre_delay: seconds("how long to wait", 3600)
    .default(0)
    .describe("How long to wait before, for what just ends: seconds, or a text such as `30s`."),
  post_delay: seconds("how long to wait", 3600)
    .default(0)
    .describe(
      "How long to wait once it is back, before `test` and the tasks after it: seconds, or a text such as `30s`.",
    ),
  timeout: seconds("a time limit (no system restarts within 10 s)", 86_400, 10)
    .default(600)
    .describe("How long it may take to come back, `test` included: seconds, or a text such as `10m`."),
  test: z
    .union(
      [
        word.superRefine((text, context) => {
          const split = splitWords(text);
          if ("error" in split) context.addIssue({ code: "custom", message: split.error });
          else if ((split.words[0] ?? "") === "")
            context.addIssue({ code: "custom", message: "an empty text is no command" });
        }),
        z.array(word).min(1, { error: "an empty list is no command" }),
      ],
      { error: "expected a command: a text, or a list of words" },
    )
    .optional()
    .describe(
      "A command that ends with 0 once the host is up as you need it, such as `systemctl is-active docker`. It is asked again and again.",
    ),
});
type Params = z.output<typeof params>;

// The kernel's id of this boot, and when process 1 was born: a container can restart without its kernel.
const bootFiles = ["/proc/sys/kernel/random/boot_id", "/proc/1/stat"];
const lookAtBoot = () => read.exec(["cat", "--", ...bootFiles], { looksAt: bootFiles });

export const reboot = defineAction({
  name: "reboot",
  summary: "Restart a host or a container, and wait until it is back.",
  description: `It is back when the kernel says that this is another boot, and \`test\`, if given, ends with 0. What was seen and gathered of the
host before counts no more. A container restarts through its own init, and its node applies what was pending for it. The machine that lab
itself runs on is refused.`,
  params,
  // Between a look in advance and its turn another task may have installed a kernel.
  ahead: false,
  probes: ({ when_required }) => ({
    boot: lookAtBoot(),
    ours: read.text("/proc/sys/kernel/random/boot_id", { at: "controller" }),
    systemd: read.stat("/run/systemd/system"),
    required: when_required ? read.stat("/run/reboot-required") : undefined,
  }),
  act(given, { boot, ours, systemd, required }) {
    const now = bootOf(boot);
    if (now === null) {
      const why = boot.stderr.trim().split("\n").at(-1) ?? "";
      return refuse(
        `the host does not say which boot this is${why === "" ? "" : `: ${why}`}`,
        "without that nobody could tell when it is back",
      );
    }
    if (ours !== null && ours !== undefined && now.startsWith(`${ours.trim()} `)) {
      return refuse(
        "this is the machine that lab runs on: restarting it would end the run",
        "leave it out of the play's hosts, or restart it by hand",
      );
    }
    if (given.when_required && required == null) {
      return { kind: "unnecessary", why: "nothing asks for a restart: there is no /run/reboot-required" };
    }
    return { kind: "perform", steps: stepsOf(given, now, systemd !== null) };
  },
  result: (_given, replies, { why }) => ({ rebooted: replies !== null && why === null }),
  examples: [
    "reboot: { when_required: true }",
    `reboot:
  message: a new kernel
  timeout: 900
  test: systemctl is-active cron`,
  ],
});

function stepsOf(
  { message, pre_delay, post_delay, timeout, test }: Params,
  before: string,
  systemd: boolean,
): readonly Step[] {
  const forMs = timeout * 1000;
  const another = (answer: ExecAnswer): boolean => {
    const now = bootOf(answer);
    return now !== null && now !== before;
  };
  const wait = (s: number): Step[] =>
    s === 0 ? [] : [write.exec(["sleep", String(s)], { limitMs: (s + 60) * 1000, touches: [] })];
  return [
    ...wait(pre_delay),
    write.exec(systemd ? ["shutdown", "-r", "now", message] : ["reboot"], { mayDrop: true }),
    write.waitUntil(lookAtBoot(), another, { why: "the host to be back after its restart", forMs }),
    ...wait(post_delay),
    ...(test === undefined
      ? []
      : [
          write.waitUntil(read.exec(argvOf(test)), ({ code }) => code === 0, {
            why: `\`${argvOf(test).join(" ")}\` to end with 0`,
            forMs,
          }),
        ]),
  ];
}

/** `ID BIRTH`; null where the answer is none: it is going down, or there is no /proc. */
function bootOf({ code, stdout }: ExecAnswer): string | null {
  const [id = "", stat = ""] = stdout.split("\n");
  // The name in brackets may hold anything, the last bracket ends it; the 22nd field is the birth.
  const born = stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19] ?? "";
  return code === 0 && /^[0-9a-f-]{36}$/.test(id) && /^\d+$/.test(born) ? `${id} ${born}` : null;
}

function argvOf(test: string | readonly string[]): readonly string[] {
  if (typeof test !== "string") return test;
  const split = splitWords(test);
  // The schema has let no text through that cannot be split.
  return "error" in split ? [test] : split.words;
}
