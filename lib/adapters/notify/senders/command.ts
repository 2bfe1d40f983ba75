import { spawn } from "node:child_process";
import type { ChannelPlace } from "../../../domain/alerts/notify-settings.ts";
import type { Delivery } from "../../../ports/alerts/alert-channel.ts";
import { cleaned } from "./post.ts";
import { ChannelTrouble, type Sent } from "./sent.ts";
import { payloadOf } from "./webhook.ts";

const endsWithinMs = 10_000;
const mostPrinted = 4_096;

/** Runs a program that gets the message as JSON on its standard input; it is no part of a bot, and has no secret of ours. */
export async function runCommand(
  { command, cwd }: Extract<ChannelPlace, { kind: "command" }>,
  delivery: Delivery,
  env: Readonly<Record<string, string>>,
): Promise<Sent> {
  const [program = "", ...words] = command;
  const child = spawn(program, words, { cwd, env, stdio: ["pipe", "ignore", "pipe"], detached: true });
  const timer = setTimeout(() => kill(child.pid), endsWithinMs);
  let printed = "";
  child.stderr.on("data", (chunk: Buffer) => {
    if (printed.length < mostPrinted) printed += chunk.toString("utf8");
  });
  // A program that reads nothing has its reasons.
  child.stdin.on("error", () => undefined);
  child.stdin.end(`${JSON.stringify(payloadOf(delivery))}\n`);
  try {
    const [code, signal] = await new Promise<readonly [number | null, string | null]>((resolve, reject) => {
      child.once("error", reject);
      child.once("close", (...ended) => resolve(ended));
    });
    if (code === 0) return { receipt: undefined, answer: `${program} ended with 0` };
    const how = code === null ? `was ended by ${signal}` : `ended with ${code}`;
    throw new ChannelTrouble(`${program} ${how}${printed === "" ? "" : `: ${cleaned(printed, [])}`}`);
  } catch (error) {
    if (error instanceof ChannelTrouble) throw error;
    const { code } = error as NodeJS.ErrnoException;
    throw new ChannelTrouble(`${program} could not be started (${code ?? "unknown"})`);
  } finally {
    clearTimeout(timer);
  }
}

function kill(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, "SIGKILL");
  } catch {
    // It ended by itself.
  }
}
