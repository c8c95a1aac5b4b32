#!/usr/bin/perl
# What the stack asks of wget, with its exit codes: 4 no network, 8 an error of the server.
use strict; use warnings; use IO::Socket::IP;
my ($timeout, $output, $data, $url) = (30, "-", undef, "");
while (defined(my $word = shift)) {
  if ($word eq "-q") { next } elsif ($word eq "-t") { shift } elsif ($word eq "-T") { $timeout = shift }
  elsif ($word eq "-O") { $output = shift } elsif ($word eq "--post-data") { $data = shift } else { $url = $word }
}
my ($host, $port, $path) = $url =~ m{^http://(\[[^\]]+\]|[^:/]+)(?::(\d+))?(/.*)?$} or exit 2;
(my $name = $host) =~ tr/[]//d;
alarm $timeout; $SIG{ALRM} = sub { exit 4 };
my $server = IO::Socket::IP->new(PeerHost => $name, PeerPort => $port // 80, Timeout => $timeout) or exit 4;
print $server((defined $data ? "POST" : "GET") . " " . ($path // "/") . " HTTP/1.0\r\nHost: $host\r\n" . (defined $data ? "Content-Length: " . length($data) . "\r\n\r\n$data" : "\r\n"));
my $all = do { local $/; <$server> } // exit 4;
my ($status, $body) = $all =~ m{^HTTP/\S+ (\d+).*?\r?\n\r?\n(.*)}s or exit 4;
exit 8 if $status >= 400;
print $body if $output eq "-";
