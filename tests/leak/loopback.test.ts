import { expect, test } from "vitest";
import { clientsOf } from "../../lib/leak-check/find-leaks.ts";
import { battery, loopbackLabsHere, story, useLeakLab, verdicts } from "./lab/use-leak-lab.ts";

const here = useLeakLab(loopbackLabsHere);
const few = [
  "node http",
  "node net, IPv6",
  "node dns, server in the code",
  "node dgram, UDP 443",
  "curl http",
  "curl --noproxy",
  "python socket, name",
  "raw DNS over TCP",
];
const someClients = battery.filter(({ name }) => few.includes(name));
const isFull = process.env["LAUNCH_TEST_SIZE"] === "full";
// The whole battery meets the preload tier in the lab of namespaces.
const ofPreload = clientsOf("preload", battery).filter(
  ({ name }) => isFull || /dns|dgram|native|fetch|http2|IPv6|empty/.test(name),
);

test("without namespaces, targets on the loopback still see who comes past the proxy", async () => {
  const rows = await here.search({ tier: "direct", clients: someClients });
  expect(story(rows.filter(({ verdict }) => verdict !== "LEAK"))).toBe("");
  expect(rows.find(({ client }) => client === "node net, IPv6")?.why).toMatch(/^::1 at http \d+$/);
});

test("without namespaces, variables alone are told from a way that holds", async () => {
  const clients = someClients.filter(({ name }) => /curl|node http/.test(name));
  expect(verdicts(await here.search({ tier: "env", clients }))).toEqual({
    "curl http": "proxied",
    "curl --noproxy": "LEAK",
    "node http": "LEAK",
  });
});

test("without namespaces, the preload tier is seen to hold every way of Node's", async () => {
  const rows = await here.search({ tier: "preload", clients: ofPreload });
  const unlike = (wanted: string) => rows.filter(({ verdict }) => verdict !== wanted);
  expect(story(rows.filter(({ verdict }) => verdict === "LEAK"))).toBe("");
  expect(unlike("proxied").map(({ client, verdict }) => `${client}: ${verdict}`)).toEqual([
    ...(isFull && typeof WebSocket === "undefined" ? ["node WebSocket: absent"] : []),
    "node dns.lookup: absent",
    "node dns.resolve4: absent",
    "node dns, server in the code: refused",
    "node dgram, UDP 443: refused",
    "node dgram, connected, IPv6: refused",
    "node native handle: refused",
  ]);
  expect(rows.find(({ client }) => client === "node dns.lookup")?.why).toBe(
    "only a count of packets can show it",
  );
});

test("a certificate is made for whatever name a program asks for, without namespaces too", async () => {
  const code =
    'fetch("https://api.example.org/v1/ping").then((r) => r.text()).then((t) => console.log("got", t), (e) => console.log(e.cause))';
  const client = { name: "own", program: "node", words: ["-e", code] } as const;
  const [row] = await here.search({ tier: "preload", clients: [client] });
  expect(row).toMatchObject({ verdict: "proxied", why: "the target saw the proxy" });
  expect(row?.output).toContain('got {"peer":"the proxy"}');
});

test("the kernel tier is judged without namespaces of the lab's own too: by names, for addresses end inside", async () => {
  const names = ["node http", "curl --noproxy", "node net, IPv4", "raw DNS over TCP"];
  const clients = battery.filter(({ name }) => names.includes(name));
  expect(verdicts(await here.search({ tier: "kernel", clients }))).toEqual({
    "node http": "proxied",
    "curl --noproxy": "proxied",
    "node net, IPv4": "refused",
    "raw DNS over TCP": "refused",
  });
});

test("a check that is stopped keeps what it saw and says nothing of the client that was cut short", async () => {
  const stop = new AbortController();
  const quick = { name: "quick", program: "node", words: ["-e", ""] } as const;
  const slow = { name: "slow", program: "node", words: ["-e", "setInterval(() => {}, 1000)"] } as const;
  const lab: typeof here.lab = {
    ...here.lab,
    async arrivals() {
      // Asked before and after each client: the third time is before the second client.
      if (++asked === 3) setImmediate(() => stop.abort());
      return await here.lab.arrivals();
    },
  };
  let asked = 0;
  const rows = await here.search({ tier: "direct", clients: [quick, slow, quick], lab, signal: stop.signal });
  expect(rows.map(({ client, verdict }) => `${client}: ${verdict}`)).toEqual(["quick: refused"]);
});
