import { expect, test } from "vitest";
import { systemFailure } from "../../../../lib/adapters/relay/outbound/relay-failure.ts";
import { fixOf } from "../../../../lib/operations/doctor/check-network.ts";

const upstream = {
  label: "fra-1",
  endpoint: { scheme: "https", host: "gw.example", port: 443 },
  credential: undefined,
} as const;

test.each([
  ["CERT_HAS_EXPIRED", "not valid now", "must renew its certificate"],
  ["ERR_TLS_CERT_ALTNAME_INVALID", "for another name", "Use the host name"],
  ["ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION", "older than 1.2", "Ask the vendor for TLS 1.2"],
  [
    "ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED",
    "demands a certificate of the client",
    "without client certificates",
  ],
  ["ERR_SSL_TLSV1_ALERT_NO_APPLICATION_PROTOCOL", "does not speak HTTP/1.1", "use its http://"],
  ["ERR_SSL_WRONG_VERSION_NUMBER", "failed the TLS handshake", "Check the scheme"],
])("%s is told with a fix of its own", (code, words, fix) => {
  const { failure } = systemFailure(upstream, Object.assign(new Error(code), { code }));
  expect(failure).toMatchObject({ kind: "tls", scope: "upstream", message: expect.stringContaining(words) });
  expect(fixOf({ label: "fra-1", outcome: "tls", remedy: failure.remedy })).toContain(fix);
});

test.each([
  ["http", "launch proxy edit fra-1 --proxy-endpoint http://HOST:PORT"],
  ["tls", "launch proxy edit fra-1 --proxy-endpoint https://HOST:PORT"],
  ["socks5", "launch proxy edit fra-1 --proxy-endpoint socks5://HOST:PORT"],
  ["socks4", "SOCKS4 knows no password"],
  ["other", "No proxy answers there"],
] as const)("a port that speaks %s is mended by what it speaks", (spoken, fix) => {
  expect(fixOf({ label: "fra-1", outcome: "protocol", remedy: undefined, spoken })).toContain(fix);
});
