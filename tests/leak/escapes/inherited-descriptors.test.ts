import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { type AddressInfo, createServer, type Server } from "node:net";
import { createInterface } from "node:readline";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Stage } from "../../lab/stage.ts";
import { addAccount, e2eStage } from "../../support/e2e-stage.ts";

const path = (name: string) => fileURLToPath(new URL(name, import.meta.url));
const bot = [process.execPath, path("../../fixtures/leak/writes-inherited.mjs")];
const launch = [process.execPath, path("../../../bin/launch")];

let stage: Stage;
let outside: Server;
beforeAll(async () => {
  const command = JSON.stringify(bot);
  stage = await e2eStage({
    proxies: { "fra-1": "http" },
    yaml: () =>
      [`bots: { alice: { command: ${command} } }`, `collectors: { funding: { command: ${command} } }`].join(
        "\n",
      ),
  });
  await addAccount(stage, "alice", ["fra-1"]);
  outside = createServer().listen(0, "127.0.0.1");
  await once(outside, "listening");
});
afterAll(async () => {
  outside.close();
  await stage.close();
});

const asBot = [...launch, "bot", "--account", "alice", "--isolation"];

test.each([
  ["a bot of the kernel tier", [...asBot, "kernel"]],
  ["a bot of the preload tier", [...asBot, "preload"]],
  ["a bot of the env tier", [...asBot, "env"]],
  ["a collector", [...launch, "collector", "funding"]],
])("%s has no connection that the operator's shell held", async (_who, words) => {
  expect(await tries(words)).toEqual({ said: "99 is shut (EBADF)", arrived: "" });
});

test("a program that the shell starts itself has it", async () => {
  expect(await tries(bot)).toEqual({ said: "wrote to 99", arrived: "past the proxy" });
});

test.each([
  ["input", "<&99"],
  ["output", ">&99"],
  ["error", "2>&99"],
])("a bot with a terminal gets no connection as standard %s", async (name, redirection) => {
  const { port } = outside.address() as AddressInfo;
  const connected = once(outside, "connection");
  const script = `exec 99<>/dev/tcp/127.0.0.1/${port}; exec "$@" ${redirection}`;
  const words = [...asBot, "kernel", "--tty", "--json"];
  const child = spawn("bash", ["-c", script, "bash", ...words], {
    cwd: stage.folder,
    env: stage.env,
    stdio: ["ignore", "pipe", "pipe"],
  });
  const said = Promise.all([
    text(child.stdout),
    text(child.stderr),
    connected.then(([socket]) => text(socket)),
  ]);
  const ended = once(child, "close");
  try {
    expect((await said).join("")).toContain(`would get the standard ${name}, which is a network connection`);
    expect((await ended)[0]).toBe(71);
  } finally {
    child.kill("SIGKILL");
    await ended;
  }
});

/** What the program under the words says of the shell's connection, and what came over that. */
async function tries(words: readonly string[]): Promise<{ said: string | undefined; arrived: string }> {
  const { port } = outside.address() as AddressInfo;
  const connected = once(outside, "connection");
  const script = `exec 99<>/dev/tcp/127.0.0.1/${port}; exec "$@"`;
  const child = spawn("bash", ["-c", script, "bash", ...words], {
    cwd: stage.folder,
    env: stage.env,
    stdio: ["ignore", "pipe", "ignore"],
  });
  const ended = once(child, "close");
  try {
    const [socket] = await connected;
    const said = await firstOf(child, /99/);
    child.kill("SIGTERM");
    await ended;
    return { said, arrived: await text(socket) };
  } finally {
    child.kill("SIGKILL");
    await ended;
  }
}

async function firstOf({ stdout }: ChildProcess, pattern: RegExp): Promise<string | undefined> {
  if (stdout === null) return undefined;
  for await (const line of createInterface({ input: stdout })) if (pattern.test(line)) return line;
  return undefined;
}
