import type { ExecEnd, ExecRequest } from "../../../ports/operator-channel.ts";
import { onTerminal, terminalProgram } from "../../process/on-terminal.ts";
import { quietExec } from "../../process/quiet-exec.ts";
import type { BotContext } from "./bot-context.ts";

/**
 * Runs a command as a process of a bot that runs: in its tier, as its user, with its environment and its run's id, and ended with
 * it. A tier that cannot enclose the command refuses it. It takes no lease, and history keeps who ran what, without the arguments.
 */
export async function execInRun(context: BotContext, request: ExecRequest): Promise<ExecEnd> {
  const { settings, keeper, relay, token, recorder, say, ports } = context;
  const refusal = await whyNot(context, request.command);
  if (refusal !== undefined) return { kind: "refused", code: "LAUNCH_TIER_UNAVAILABLE", why: refusal };
  const links = { relay, token, proveInside: undefined };
  if (request.by === undefined) return await keeper.exec(request, links);
  const [program = ""] = request.command;
  const shown = program.slice(program.lastIndexOf("/") + 1);
  const message = `${request.by} runs ${shown} in the run of ${settings.unit.name}`;
  const startedAtMs = ports.clock.monotonicMs();
  say("info", message);
  recorder.record({ kind: "exec.started", severity: "info", message });
  recorder.note({ reason: `exec ${shown} (${request.by})` });
  try {
    const inTier = (command: readonly string[]) => keeper.exec(quietExec(command, request.gone), links);
    return await keeper.exec(await withTerminal(context, request, inTier), links);
  } finally {
    const seconds = Math.round((ports.clock.monotonicMs() - startedAtMs) / 1000);
    const ended = `${shown} of ${request.by} ended in the run of ${settings.unit.name} after ${seconds} s`;
    recorder.record({ kind: "exec.ended", severity: "info", message: ended });
    recorder.note({ reason: undefined });
  }
}

// The preload tier holds Node programs alone, and what makes the terminal is none.
async function withTerminal(
  { settings: { tier, unit, operatorEnv }, ports }: BotContext,
  request: ExecRequest,
  inTier: (command: readonly string[]) => Promise<unknown>,
): Promise<ExecRequest> {
  const { terminal, command } = request;
  if (terminal === undefined) return request;
  const searchPath = { ...operatorEnv, ...unit.env }["PATH"];
  const isThere = async (words: readonly string[]) =>
    (await ports.spawner.inspect(words, unit.cwd, searchPath)).kind !== "missing";
  // A command that is missing is told of by name, which a shell in between would not do.
  const isPossible = tier === "kernel" && (await isThere([terminalProgram])) && (await isThere(command));
  return isPossible ? onTerminal(request, terminal, inTier) : request;
}

async function whyNot(
  { settings, ports }: BotContext,
  command: readonly string[],
): Promise<string | undefined> {
  const { tier, unit, operatorEnv } = settings;
  if (tier === "kernel") return undefined;
  if (tier === "env") return "The tier env encloses nothing: the command could connect past the proxy.";
  const searchPath = { ...operatorEnv, ...unit.env }["PATH"];
  const nature = await ports.spawner.inspect(command, unit.cwd, searchPath);
  if (nature.kind === "node" || nature.kind === "missing") return undefined;
  return `The tier preload encloses Node programs only, and ${nature.executable} is none.`;
}
