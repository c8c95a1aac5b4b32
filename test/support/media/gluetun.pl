# A stand-in for gluetun, process 1 of its container: a firewall of the kernel's that drops whatever is not let out, a "tunnel" (port 18080
# of TCP and 18053 of UDP, wherever they are) that can be cut, a control server with roles, and the commands of port forwarding.
use strict; use warnings; use IO::Socket::INET;
$SIG{TERM} = sub { exit 143 }; $| = 1;
sub iptables { for my $tool ("iptables", "ip6tables") { system($tool, "-w", @_) == 0 or die "$tool @_" } }
unlink "/tmp/healthy";
my ($up, $port) = (0, 0);
sub firewall {
  iptables("-P", $_, "DROP") for "INPUT", "OUTPUT", "FORWARD";
  iptables("-F");
  iptables("-A", "INPUT", "-i", "lo", "-j", "ACCEPT"); iptables("-A", "OUTPUT", "-o", "lo", "-j", "ACCEPT");
  # Neighbours of IPv6 are found by ICMP.
  system("ip6tables -A $_ -p icmpv6 -j ACCEPT") for "INPUT", "OUTPUT";
  # What is published may be asked, and answers.
  for (8000, 9696, 18088) { iptables("-A", "INPUT", "-p", "tcp", "--dport", $_, "-j", "ACCEPT"); iptables("-A", "OUTPUT", "-p", "tcp", "--sport", $_, "-j", "ACCEPT") }
  for my $subnet (split /,/, $ENV{FIREWALL_OUTBOUND_SUBNETS} // "") {
    system("iptables -A OUTPUT -d $subnet -j ACCEPT; iptables -A INPUT -s $subnet -j ACCEPT");
  }
  return unless $up;
  for (["tcp", 18080], ["udp", 18053]) {
    iptables("-A", "OUTPUT", "-p", $_->[0], "--dport", $_->[1], "-j", "ACCEPT"); iptables("-A", "INPUT", "-p", $_->[0], "--sport", $_->[1], "-j", "ACCEPT");
  }
}
sub slurp { open(my $file, "<", $_[0]) or return ""; local $/; <$file> // "" }
# Another port with each connection, also after a restart; none for a key that was made without.
sub forwarded {
  return 0 if ($ENV{VPN_PORT_FORWARDING} // "") ne "on" or slurp("/run/secrets/wireguard_private_key") =~ /^bm8/;
  my $count = (slurp("/tmp/count") || 0) + 1;
  open(my $file, ">", "/tmp/count"); print $file $count; close $file;
  return 40000 + $count;
}
sub hook { my ($words) = @_; $words =~ s/\{\{PORTS?\}\}/$port/g; system($words) if $words ne "" and ($ENV{VPN_PORT_FORWARDING} // "") eq "on" }
sub connect_it { $up = 1; firewall(); $port = forwarded(); hook($ENV{VPN_PORT_FORWARDING_UP_COMMAND} // "") if $port }
sub cut_it { hook($ENV{VPN_PORT_FORWARDING_DOWN_COMMAND} // ""); ($up, $port) = (0, 0); firewall() }
sub answer {
  my ($method, $path, $key, $body) = @_;
  my $may = 0;
  for my $role (split /^\[\[roles\]\]$/m, slurp("/gluetun/auth/config.toml")) {
    my ($routes) = $role =~ /^routes = \[(.*)\]$/m; my ($mine) = $role =~ /^apikey = "(.*)"$/m;
    $may = 1 if defined $routes and defined $mine and defined $key and $key eq $mine and $routes =~ /"\Q$method $path\E"/;
  }
  return ("401 Unauthorized", "Unauthorized\n") unless $may;
  if ("$method $path" eq "PUT /v1/vpn/status") {
    if ($body =~ /stopped/) { cut_it() if $up } else { connect_it() unless $up }
    return ("200 OK", '{"outcome":"' . ($up ? "running" : "stopped") . '"}');
  }
  return ("200 OK", '{"status":"' . ($up ? "running" : "stopped") . '"}') if $path eq "/v1/vpn/status";
  return ("200 OK", '{"public_ip":"' . ($up ? "198.51.100.23" : "") . '"}') if $path eq "/v1/publicip/ip";
  return ("200 OK", "{\"port\":$port}") if $path eq "/v1/portforward";
  return ("404 Not Found", "");
}
connect_it();
my $server = IO::Socket::INET->new(LocalPort => 8000, Listen => 16, ReuseAddr => 1) or die "8000: $!";
open(my $healthy, ">", "/tmp/healthy"); close $healthy;
while (my $client = $server->accept) {
  my ($method, $path) = (<$client> // "") =~ m{^(\S+) (\S+)};
  my ($key, $length) = (undef, 0);
  while (defined(my $line = <$client>)) {
    last if $line =~ /^\r?\n$/;
    $key = $1 if $line =~ /^x-api-key:\s*(\S+)/i; $length = $1 if $line =~ /^content-length:\s*(\d+)/i;
  }
  my $body = ""; read($client, $body, $length) if $length;
  my ($status, $text) = answer($method // "", $path // "", $key, $body);
  print $client "HTTP/1.1 $status\r\nContent-Type: application/json\r\nContent-Length: " . length($text) . "\r\nConnection: close\r\n\r\n$text";
  close $client;
}
