import { constants } from "node:os";
import type { LaunchConfig } from "../../config/launch-config.ts";
import { actor } from "../../config/sources/actor.ts";
import { operatorEnvironment } from "../../config/sources/surroundings.ts";
import type { UnitKey } from "../../domain/run/unit-key.ts";
import type { ErrorCode } from "../../errors.ts";
import type { ExecTerminal, Heard, TerminalSize } from "../../ports/operator-channel.ts";
import { reachIn } from "./reach-launchers.ts";

/** How it ended: with the command's own status, or why it did not run. */
export type ExecHere =
  | { readonly kind: "ended"; readonly status: number }
  | {
      readonly kind: "refused";
      readonly code: ErrorCode;
      readonly why: string;
      readonly hint: string | undefined;
      readonly exitStatus?: number;
    };

interface Wish {
  readonly name: string;
  readonly command: readonly string[];
  readonly signals: { readonly graceful: AbortSignal; readonly now: AbortSignal };
}

/** Runs a command inside a bot of this state folder's launchers, on this process's own streams. No database is asked. */
export async function execHere(config: LaunchConfig, { name, command, signals }: Wish): Promise<ExecHere> {
  const { dialer, near } = reachIn(config);
  const launchers = await Promise.all(
    (await near()).map(async (path) => ({ path, heard: await dialer.snapshot(path) })),
  );
  const found = launchers.flatMap(({ path, heard }) =>
    heard.kind === "answered"
      ? heard.value.flatMap((unit) => (unit.name === name ? [{ path, unitKey: unit.unitKey }] : []))
      : [],
  );
  // A collector of the name is told by its launcher that it cannot be joined.
  const target = found.find((each) => kindOf(each) === "bot") ?? found[0];
  if (target === undefined)
    return nothingRuns(
      name,
      launchers.map(({ heard }) => heard),
    );
  const { stdin, stdout, stderr } = process;
  const terminal = stdin.isTTY && stdout.isTTY ? terminalOf(stdout) : undefined;
  const question = { unitKey: target.unitKey, command, by: actor(), terminal };
  const onSignal = (pass: (signal: string) => void): void => {
    signals.graceful.addEventListener("abort", () =>
      pass(String(signals.graceful.reason).replace(/^SIG/, "")),
    );
    signals.now.addEventListener("abort", () => pass("KILL"));
  };
  const own = ownTerminal(terminal);
  const heard = await dialer
    .exec(target.path, question, { stdin, stdout, stderr, onSignal, onTerminal: own.handOver })
    .finally(own.takeBack);
  if (heard.kind !== "answered") {
    const why = heard.kind === "refused" ? heard.why : "its launcher ended, and the command with it";
    return {
      kind: "refused",
      code: "LAUNCH_CHECK_FAILED",
      why: `${name}: ${why}.`,
      hint: "Run `launch ps`.",
    };
  }
  if (heard.value.kind === "refused") {
    const isUnfound = heard.value.code === "LAUNCH_SPAWN_FAILED";
    return {
      ...heard.value,
      // Another unit may have the name.
      hint: isUnfound ? "Give the command's whole path." : `Run \`launch status ${kindOf(target)}:${name}\`.`,
    };
  }
  return { kind: "ended", status: statusOf(heard.value.code, heard.value.signal) };
}

function kindOf({ unitKey }: { readonly unitKey: UnitKey }): "bot" | "collector" {
  return unitKey.startsWith("bot:") ? "bot" : "collector";
}

function ownTerminal(asked: TerminalSize | undefined) {
  const { stdin, stdout } = process;
  let tell = () => {};
  return {
    // From then on the command's own terminal edits lines, echoes, and makes signals of keys.
    handOver: (resize: (size: TerminalSize) => void): void => {
      stdin.setRawMode(true);
      tell = () => resize(sizeOf(stdout));
      stdout.on("resize", tell);
      const { columns, rows } = sizeOf(stdout);
      // It may have changed since the question was asked.
      if (columns !== asked?.columns || rows !== asked.rows) tell();
    },
    takeBack: (): void => {
      stdout.off("resize", tell);
      if (stdin.isTTY) stdin.setRawMode(false);
    },
  };
}

function terminalOf(stdout: NodeJS.WriteStream): ExecTerminal {
  return { ...sizeOf(stdout), term: operatorEnvironment()["TERM"] ?? "dumb" };
}

function sizeOf({ columns, rows }: NodeJS.WriteStream): TerminalSize {
  return { columns: columns || 80, rows: rows || 24 };
}

function nothingRuns(name: string, heard: readonly Heard<unknown>[]): ExecHere {
  const silent = heard.some(({ kind }) => kind === "silent") ? "; one launcher does not answer" : "";
  const refused = heard.find((each) => each.kind === "refused");
  if (refused !== undefined)
    return {
      kind: "refused",
      code: "LAUNCH_CHECK_FAILED",
      why: `Whether "${name}" runs is not known: a launcher of this state folder was not asked, ${refused.why}.`,
      hint: "Run it as the user whose launcher that is.",
    };
  return {
    kind: "refused",
    code: "LAUNCH_UNKNOWN_UNIT",
    why: `No launcher of this state folder runs "${name}"${silent}.`,
    hint: `Start it with \`launch bot ${name}\`.`,
    exitStatus: 1,
  };
}

function statusOf(code: number | undefined, signal: string | undefined): number {
  if (code !== undefined) return code;
  return 128 + (constants.signals[`SIG${signal}` as NodeJS.Signals] ?? 0);
}
