# A stand-in for qBittorrent: of its API what tells and sets where it listens, for who shares its network, if its settings allow that.
use strict; use warnings; use IO::Socket::INET;
$SIG{TERM} = sub { exit 143 }; $| = 1;
my %preferences = (listen_port => 6881, current_network_interface => '""', random_port => "false", upnp => "true");
sub trusts { open(my $file, "<", "/config/qBittorrent/qBittorrent.conf") or return 0; local $/; return <$file> =~ /^WebUI\\LocalHostAuth=false$/m }
my $server = IO::Socket::INET->new(LocalPort => $ENV{WEBUI_PORT}, Listen => 16, ReuseAddr => 1) or die "$ENV{WEBUI_PORT}: $!";
while (my $client = $server->accept) {
  my ($method, $path) = (<$client> // "") =~ m{^(\S+) (\S+)};
  my $length = 0;
  while (defined(my $line = <$client>)) { last if $line =~ /^\r?\n$/; $length = $1 if $line =~ /^content-length:\s*(\d+)/i }
  my $body = ""; read($client, $body, $length) if $length;
  my ($status, $text) = ("403 Forbidden", "Forbidden");
  if ($client->peerhost eq "127.0.0.1" and trusts()) {
    ($status, $text) = ("404 Not Found", "");
    if ("$method $path" eq "POST /api/v2/app/setPreferences") {
      while ($body =~ /"(\w+)":("[^"]*"|\w+)/g) { $preferences{$1} = $2 }
      ($status, $text) = ("200 OK", "");
    }
    ($status, $text) = ("200 OK", "{" . join(",", map { "\"$_\":$preferences{$_}" } sort keys %preferences) . "}") if "$method $path" eq "GET /api/v2/app/preferences";
  }
  print $client "HTTP/1.1 $status\r\nContent-Length: " . length($text) . "\r\nConnection: close\r\n\r\n$text";
  close $client;
}
