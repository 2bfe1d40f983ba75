import { spawn } from "node:child_process";
import { once } from "node:events";
import { type AddressInfo, connect, createServer } from "node:net";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { patient } from "../../../patience/patience.ts";
import { builtFile } from "../../../support/built.ts";
import { pause } from "../../../support/pause.ts";

const fixture = fileURLToPath(new URL("../../../fixtures/relay/with-deadline.mjs", import.meta.url));
const leaseMs = patient(500);

test("what a bot sends while its launcher is frozen past the lease's deadline never leaves", async () => {
  const heard: string[] = [];
  const target = createServer((socket) => {
    socket.on("error", () => {});
    socket.on("data", (bytes) => {
      heard.push(String(bytes));
      socket.write("heard");
    });
  }).listen(0, "127.0.0.1");
  await once(target, "listening");
  const { port } = target.address() as AddressInfo;
  builtFile("lib/adapters/relay/relay.js");
  const launcher = spawn(process.execPath, [fixture, `127.0.0.1:${port}`, String(leaseMs)], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  try {
    const [line] = (await once(createInterface(launcher.stdout), "line")) as [string];
    const bots = await Promise.all(Array.from({ length: 5 }, () => openTunnel(Number(line), port)));
    for (const bot of bots) bot.write("early");
    await Promise.all(bots.map((bot) => once(bot, "data")));
    launcher.kill("SIGSTOP");
    for (const bot of bots) bot.write("late");
    await pause(leaseMs + 200);
    const ends = bots.map((bot) => new Promise((resolve) => bot.once("close", resolve)));
    launcher.kill("SIGCONT");
    await Promise.all(ends);
    expect(heard.filter((text) => text.includes("late"))).toEqual([]);
    expect(heard).toHaveLength(5);
  } finally {
    launcher.kill("SIGKILL");
    target.close();
  }
});

async function openTunnel(relayPort: number, targetPort: number) {
  const socket = connect(relayPort, "127.0.0.1").on("error", () => {});
  const authorization = Buffer.from("launch:Run0Token").toString("base64");
  const host = `127.0.0.1:${targetPort}`;
  socket.write(
    `CONNECT ${host} HTTP/1.1\r\nHost: ${host}\r\nProxy-Authorization: Basic ${authorization}\r\n\r\n`,
  );
  const [answer] = (await once(socket, "data")) as [Buffer];
  expect(String(answer)).toContain(" 200 ");
  return socket;
}
