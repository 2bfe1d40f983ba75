import { afterAll, beforeAll, expect, test } from "vitest";
import { patient } from "../patience/patience.ts";
import { installZoo } from "./clients/install-zoo.ts";
import { zooClients } from "./clients/zoo-clients.ts";
import { type StartedUpstream, startUpstream, upstreamNames } from "./lab/upstreams.ts";
import { battery, story, useLeakLab } from "./lab/use-leak-lab.ts";

const here = useLeakLab();
const isFull = process.env["LAUNCH_TEST_SIZE"] === "full";
const tests = { timeout: patient(isFull ? 400_000 : 100_000) };
const upstreams = new Map<string, StartedUpstream>();
const zoo = isFull ? installZoo() : undefined;
const everything = [
  ...battery,
  ...(zoo === undefined ? [] : zooClients.map((client) => ({ ...client, cwd: zoo }))),
];
// Node is tried whole in its own tier; here the kernel does not know it from any other program.
const few = ["node http", "node https", "node fetch"];
const chosen = isFull
  ? everything
  : battery.filter(({ program, name, outside }) => program !== "node" || outside || few.includes(name));

beforeAll(async () => {
  for (const name of upstreamNames) upstreams.set(name, await startUpstream(name, here));
});
afterAll(async () => {
  for (const started of upstreams.values()) await started.close();
});

test(
  "no program gets past its CONNECT proxy in the kernel tier, whatever it is written in",
  tests,
  async () => {
    const rows = await here.search({ tier: "kernel", clients: chosen });
    expect(story(rows.filter(({ client, verdict }) => !fits(client, verdict)))).toBe("");
  },
);

test("a port that was named is forwarded too", tests, async () => {
  const clients = battery.filter(({ name }) => name.endsWith("unlisted port"));
  const rows = await here.search({ tier: "kernel", clients, ports: [9000] });
  expect(rows.map(({ verdict }) => verdict)).toEqual(clients.map(() => "proxied"));
});

test.each(upstreamNames)("no program gets past %s in the kernel tier", tests, async (name) => {
  const started = upstreams.get(name);
  const some = ["curl https", "python websockets", "python socket, name", "raw DNS", "raw UDP 443"];
  const clients = isFull ? everything : battery.filter(({ name }) => some.includes(name));
  const rows = await here.search({ tier: "kernel", clients, ...(started && { upstream: started.upstream }) });
  const wrong = rows.filter(({ client, verdict }) => !client.includes("IPv6") && !fits(client, verdict));
  expect(story(wrong)).toBe("");
  expect(rows.filter(({ verdict }) => verdict === "LEAK")).toEqual([]);
});

const nowhere = /^work handed|^node (dns|dgram)|unlisted port$|getaddrinfo|^raw |^packet socket/;

/** What a client must turn out to be; only what a machine need not have may be absent. */
function fits(client: string, verdict: string): boolean {
  // Its handshake is the kernel's own; whether the relay has dialled by the time it is dropped is a matter of luck.
  if (client === "node native handle") return verdict === "refused" || verdict === "proxied";
  if (nowhere.test(client)) return verdict === "refused";
  if (verdict !== "absent") return verdict === "proxied";
  return /WebSocket|undici 8|Multipath/.test(client) || process.env["CI"] !== "true";
}
