import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { LeakClient } from "../../lib/leak-check/clients/leak-client.ts";
import { clientsOf } from "../../lib/leak-check/find-leaks.ts";
import { patient } from "../patience/patience.ts";
import { nodeOfMajor } from "../support/node-versions.ts";
import { installZoo } from "./clients/install-zoo.ts";
import { zooClients } from "./clients/zoo-clients.ts";
import { type StartedUpstream, startUpstream, upstreamNames } from "./lab/upstreams.ts";
import { battery, story, useLeakLab } from "./lab/use-leak-lab.ts";

const here = useLeakLab();
const isFull = process.env["LAUNCH_TEST_SIZE"] === "full";
const running = Number(process.versions.node.split(".")[0]);
const zoo = installZoo();
const clients: readonly LeakClient[] = [
  ...clientsOf("preload", battery),
  ...(zoo === undefined ? [] : zooClients.map((client) => ({ ...client, cwd: zoo }))),
];
const others = [20, 22, 24, 26].filter((major) => major !== running);
const upstreams = new Map<string, StartedUpstream>();
const tests = { timeout: patient(isFull ? 400_000 : 100_000) };

beforeAll(async () => {
  for (const name of upstreamNames) upstreams.set(name, await startUpstream(name, here));
});
afterAll(async () => {
  for (const started of upstreams.values()) await started.close();
});

// The short size is a pairwise cover: every client meets every Node, every kind of proxy, and every Node every proxy.
function isTried(client: number, node: number, upstream: number): boolean {
  return isFull || (client + node) % upstreamNames.length === upstream;
}

test(
  "every library and every way of Node stays behind a CONNECT proxy on the running Node",
  tests,
  async () => {
    const rows = await here.search({ tier: "preload", clients });
    expect(story(rows.filter(({ client, verdict }) => !fits(client, verdict)))).toBe("");
  },
);

describe.each(others.map((major, index) => [major, index] as const))("Node %i", (major, index) => {
  test.each(upstreamNames)(`Node ${major} leaks nothing behind %s`, tests, async (name) => {
    const node = nodeOfMajor(major);
    const started = upstreams.get(name);
    if (node === undefined || started === undefined) return;
    const chosen = clients.filter((_, place) => isTried(place, index, upstreamNames.indexOf(name)));
    const rows = await here.search({ tier: "preload", clients: chosen, node, upstream: started.upstream });
    expect(story(rows.filter(({ client, verdict, why }) => !fits(client, verdict, why, started.exit)))).toBe(
      "",
    );
  });
});

const refused = /dns|dgram|native handle/;

/** What a client must turn out to be; other proxies than the lab's own need no IPv6 exit. */
function fits(client: string, verdict: string, why = "", exit = ""): boolean {
  if (/^node (dns|dgram|native)/.test(client) && refused.test(client)) return verdict === "refused";
  if (verdict === "absent") return running === 20 && /WebSocket|undici 8/.test(client);
  // microsocks and the like take whichever IPv6 address the host has; that it is none of the bots' side was judged.
  if (exit !== "" && client.endsWith("IPv6")) return verdict === "refused" || verdict === "proxied";
  return verdict === "proxied" && why.endsWith(exit);
}
