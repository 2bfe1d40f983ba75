import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { afterEach, expect, test } from "vitest";
import { packageRoot } from "../../../lib/config/package-root.ts";

let stop = async () => {};
afterEach(() => stop());

async function startEcho() {
  const words = [join(packageRoot(), "bin/launch"), "echo", "--port", "0"];
  const child = spawn(process.execPath, words, { stdio: ["ignore", "ignore", "pipe"] });
  const ended = once(child, "close");
  stop = async () => {
    child.kill("SIGTERM");
    await ended;
  };
  const said: string[] = [];
  const lines = createInterface({ input: child.stderr }).on("line", (line) => said.push(line));
  await once(lines, "line");
  return { child, said };
}

test("SIGUSR1, by which Node opens a debugger on loopback, opens none", async () => {
  const { child, said } = await startEcho();
  const url = /http:\S+\d/.exec(said[0] ?? "")?.[0] ?? "";
  child.kill("SIGUSR1");
  for (let round = 0; round < 20; round++) expect((await fetch(url)).status).toBe(200);
  await stop();
  expect(said.join("\n")).not.toContain("Debugger");
});

test.runIf(process.platform === "linux")("a core dump of the launcher holds none of its memory", async () => {
  const { child } = await startEcho();
  expect(readFileSync(`/proc/${child.pid}/coredump_filter`, "utf8").trim()).toBe("00000000");
});
