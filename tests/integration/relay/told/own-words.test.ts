import { afterEach, expect, test } from "vitest";
import { Secret } from "../../../../lib/domain/secret.ts";
import { needsControl } from "../../../../lib/policy/who-failed.ts";
import type { RelayDialError } from "../../../../lib/ports/relay.ts";
import { patient } from "../../../patience/patience.ts";
import { openRelayRig, type RelayRig } from "../relay-rig.ts";

// What a proxy's own words say is the matter: this host's address, the vendor's account, the vendor's exits, a page to sign in at.

let rig: RelayRig;
afterEach(() => rig.close());

async function failureOf(answer: string, port = 80) {
  rig = await openRelayRig();
  const at = await rig.tcp((socket) => {
    socket.once("data", () => socket.end(answer));
  });
  const endpoint = { scheme: "http", host: "127.0.0.21", port: at } as const;
  rig.relay.setUpstream({ label: "odd", endpoint, credential: { user: "u", secret: new Secret("s3cret") } });
  const error = await rig.relay.dial("target.test", port, patient(5_000)).catch((reason: unknown) => reason);
  return (error as RelayDialError).failure;
}

const says = (head: string, body = "") => `HTTP/1.1 ${head}\r\nContent-Length: ${body.length}\r\n\r\n${body}`;

test.each([
  [
    says("403 Forbidden", "Your IP 198.51.100.4 is not whitelisted."),
    "auth",
    "allow-list",
    "is not whitelisted",
  ],
  [says("403 IP not whitelisted"), "auth", "allow-list", "(IP not whitelisted)"],
  [says("407 x", "IP address not in allowlist"), "auth", "allow-list", "does not let this host's address in"],
  [
    says('407 x\r\nProxy-Authenticate: Basic realm="IP 198.51.100.4 not authorized"'),
    "auth",
    "allow-list",
    "IP 198",
  ],
  [
    says("401 Unauthorized", "client ip not authorized"),
    "auth",
    "allow-list",
    "does not let this host's address in",
  ],
  [says("403 Forbidden", "Your subscription has expired"), "blocked", "vendor-account", "has expired"],
  [
    says("403 Forbidden", '{"error":{"message":"Bandwidth limit reached"}}'),
    "blocked",
    "vendor-account",
    "Bandwidth",
  ],
  [says("402 Payment Required", "Traffic quota exhausted"), "blocked", "vendor-account", "Traffic quota"],
  [
    says("502 Bad Gateway\r\nX-BRD-Error: zone is suspended"),
    "blocked",
    "vendor-account",
    "zone is suspended",
  ],
  [
    says("407 x\r\nProxy-Authenticate: Basic", "Plan expired"),
    "auth",
    "vendor-account",
    "refused the credential",
  ],
  [
    says("502 Bad Gateway", "No exit node available for country=de"),
    "blocked",
    "vendor-trouble",
    "No exit node",
  ],
  [says("502 Session expired"), "blocked", "vendor-trouble", "(Session expired)"],
  [
    says("503 x\r\nRetry-After: 60", "<h1>Maintenance</h1>"),
    "blocked",
    "vendor-trouble",
    "(Maintenance, it asks to wait 60 s)",
  ],
  [
    says("302 Found\r\nLocation: http://u:s3cret@login.hotel.test/in?mac=1"),
    "blocked",
    "portal",
    "sends to http://login.hotel.test",
  ],
] as const)("%j is the proxy's own trouble, whatever the target", async (answer, kind, told, words) => {
  const failure = await failureOf(answer);
  expect(failure).toMatchObject({ kind, told, scope: "upstream" });
  expect(failure.message).toContain(words);
  expect(failure.message).not.toMatch(/s3cret|mac=|443 only/);
});

test("a network that wants a sign-in is no fault of the proxy, and a page to sign in at may be that network's", async () => {
  const failure = await failureOf(says("511 Network Authentication Required"));
  expect(failure).toMatchObject({ scope: "host", told: "portal" });
  const redirect = await failureOf(says("307 x\r\nLocation: https://portal.test/"));
  expect([failure, redirect].map(needsControl)).toEqual([true, true]);
});

test.each([
  [says("403 Forbidden", "Domain is not whitelisted"), "denied"],
  [says("403 Forbidden", "This site needs a higher plan; your plan is exceeded"), "denied"],
  [says("502 Bad Gateway", "Host name target.test not found"), "blocked"],
  [says("504 Gateway Timeout", "the destination IP is not allowed"), "timeout"],
])("%j speaks of the target", async (answer, kind) => {
  const failure = await failureOf(answer, 443);
  expect(failure).toMatchObject({ kind, scope: "target" });
  expect(failure.told).toBeUndefined();
});

test.each([
  [
    says("405 Not Allowed\r\nServer: nginx/1.24.0", "<title>405 Not Allowed</title>"),
    "upstream",
    "the web server nginx",
  ],
  [says("405 Method Not Allowed", "<title>405 Method Not Allowed</title>"), "upstream", "a web server"],
  [says("501 Not Implemented\r\nServer: Apache"), "upstream", "the web server Apache"],
  [says("400 Bad Request\r\nServer: cloudflare"), "target", "the web server cloudflare"],
])("%j is a web server, and no rule about ports", async (answer, scope, words) => {
  const failure = await failureOf(answer);
  expect(failure).toMatchObject({ scope, spoken: "other" });
  expect(failure.remedy).toBeUndefined();
  expect(failure.message).toContain(`as ${words} does that is no proxy`);
});

test("a status that HTTP does not have is the proxy's own", async () => {
  expect(await failureOf(says("999 Request denied"))).toMatchObject({ kind: "blocked", scope: "upstream" });
});

test("the colours of a terminal are taken out of a proxy's words as a whole", async () => {
  const { message } = await failureOf(says("403 x", "\u001b[31;1mBlocked\u001b[0m by us"), 443);
  expect(message).toContain("(Blocked by us)");
});
