import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readlinkSync } from "node:fs";
import { afterEach, expect, test } from "vitest";
import { refusedAttempts, watchRefusedPorts } from "../../../lib/adapters/isolation/network/refused-ports.ts";

// A network of its own, in which nothing else moves the counters; says a line for each connection refused.
const program = `
  const { connect } = require("node:net");
  process.stdin.on("data", () => connect(9, "127.0.0.1").on("error", ({ code }) => console.log(code)));
  console.log("up");`;
const words = ["--user", "--map-root-user", "--net", "sh", "-c", 'ip link set lo up && exec "$@"', "sh"];
let client: ChildProcess;
afterEach(() => {
  client.kill("SIGKILL");
});

test("what was refused to others than the bot is not the bot's", async () => {
  client = spawn("unshare", [...words, process.execPath, "-e", program], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  await printed();
  const pid = client.pid ?? -1;
  const refusals = { seen: refusedAttempts(pid), isTold: false };
  let others = 0;
  const said = new Promise<string>((resolve) => {
    watchRefusedPorts({
      pid,
      network: readlinkSync(`/proc/${pid}/ns/net`),
      refusals,
      notTheBots: () => others,
      socketEvents: undefined,
      say: resolve,
    });
  });
  for (const _ of [1, 2, 3]) {
    client.stdin?.write("connect\n");
    await printed();
  }
  others = 2;
  expect(await said).toBe("tried a port that is not forwarded: add it under `ports` or with `--ports`");
});

async function printed(): Promise<void> {
  if (client.stdout !== null) await once(client.stdout, "data");
}
