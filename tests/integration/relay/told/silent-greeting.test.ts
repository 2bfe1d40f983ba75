import { once } from "node:events";
import { type AddressInfo, connect, createServer } from "node:net";
import { expect, test } from "vitest";
import { orOtherSpeech } from "../../../../lib/adapters/relay/outbound/silent-greeting.ts";
import type { Clock } from "../../../../lib/ports/clock.ts";

test("a SOCKS5 proxy that is slow gets one question in HTTP, however many connections wait for it", async () => {
  let connections = 0;
  let hear = (): void => {};
  const heard = new Promise<void>((resolve) => {
    hear = resolve;
  });
  const server = createServer((socket) => {
    connections += 1;
    socket.on("error", () => {}).on("data", (bytes: Buffer) => bytes.toString() === "last" && hear());
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const timers: (() => void)[] = [];
  const after: Clock["after"] = (_ms, work) => {
    timers.push(work);
    return () => {};
  };
  const endpoint = { scheme: "socks5", host: "127.0.0.1", port } as const;
  const upstream = { label: "slow", endpoint, credential: undefined };
  const wait = () => {
    let tell = (_answer: string): void => {};
    const answer = new Promise<string>((resolve) => {
      tell = resolve;
    });
    return { tell, waited: orOtherSpeech(answer, upstream, { after } as Clock) };
  };
  const [first, second] = [wait(), wait()];
  for (const timer of timers) timer();
  // Connections are accepted in their order: whatever the timers began is there before this one.
  const last = connect(port, "127.0.0.1");
  await once(last, "connect");
  last.write("last");
  await heard;
  expect(connections).toBe(2);
  const third = wait();
  expect(timers).toHaveLength(2);
  const all = [first, second, third];
  for (const each of all) each.tell("answered");
  expect(await Promise.all(all.map(({ waited }) => waited))).toEqual(["answered", "answered", "answered"]);
  last.destroy();
  server.close();
  await once(server, "close");
});
