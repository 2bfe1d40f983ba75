import { spawn } from "node:child_process";
import { once } from "node:events";
import { get } from "node:http";
import type { ReadyProbe } from "../../domain/desk/unit-care.ts";

/** One question may take this long. */
const withinMs = 5_000;

/** Where a command is run that asks. */
export interface BesideUnit {
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
}

/** Asks once whether a unit is ready; settles with why it is not, or with undefined. */
export async function askReady(
  way: Exclude<ReadyProbe["way"], { kind: "log" }>,
  beside: BesideUnit,
): Promise<string | undefined> {
  return way.kind === "http" ? await askUrl(way.url) : await askCommand(way.command, beside);
}

async function askUrl(url: string): Promise<string | undefined> {
  const request = get(url, { agent: false, timeout: withinMs, headers: { "user-agent": "slipway" } });
  request.on("timeout", () => request.destroy(new Error(`no answer within ${withinMs / 1_000} s`)));
  try {
    const [response] = await once(request, "response");
    const status = Number(response.statusCode);
    response.resume();
    return status >= 200 && status < 300 ? undefined : `${url} answers ${status}`;
  } catch (error) {
    return `${url} does not answer (${reasonOf(error)})`;
  }
}

async function askCommand(command: readonly string[], { cwd, env }: BesideUnit): Promise<string | undefined> {
  const [program = "", ...words] = command;
  const child = spawn(program, words, { cwd, env, stdio: "ignore", timeout: withinMs });
  try {
    const [code, signal] = await once(child, "close");
    return code === 0 ? undefined : `${command.join(" ")} ended with ${code ?? signal}`;
  } catch (error) {
    return `${command.join(" ")} did not start (${reasonOf(error)})`;
  }
}

function reasonOf(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  return code ?? message;
}
