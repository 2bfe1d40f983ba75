import type { ProxyId } from "../../domain/ids.ts";
import type { Lease } from "../../domain/run/lease.ts";
import type { RunnerSettings } from "../../domain/run/run-settings.ts";
import type { Traffic } from "../../domain/run/traffic.ts";
import type { Unit } from "../../domain/run/unit.ts";
import type { UnitSnapshot } from "../../domain/run/unit-snapshot.ts";
import type { MonotonicMs } from "../../domain/time.ts";
import type { BotEvent } from "../../policy/machine/event.ts";
import type { HeldExit, Left } from "../../policy/machine/state.ts";
import type { HostLock } from "../../ports/host/host-lock.ts";
import type { Journal } from "../../ports/journal.ts";
import type { ExecEnd, ExecRequest } from "../../ports/operator-channel.ts";
import type { OutputSink } from "../../ports/spawner.ts";
import { tapOutput } from "../evidence/output-tap.ts";
import { ProcessKeeper } from "../process/process-keeper.ts";
import type { RunnerPorts } from "./ports.ts";
import { type RunRecorder, runRecorder } from "./recorder.ts";

export type Say = (level: "info" | "warning" | "error", text: string) => void;

/** What whoever starts a unit hears of it. */
export interface UnitHooks {
  readonly output: OutputSink;
  /** What people read as its name, where another unit may have the same one. */
  readonly word?: () => string;
  /** Called once the unit runs for the first time. */
  readonly onReady: () => void;
  /** Called whenever nothing of the unit runs because it waits for an exit, with why. */
  readonly onHolding?: (why: string) => void;
  /** Whoever starts it watches the lease when another host has it: it need not be waited for. */
  readonly isWatched?: boolean;
  /** The proxy that a bot had under the launcher that hands it over: it stays there where that may be used. */
  readonly cameFrom?: ProxyId | undefined;
}

/** What the launcher hears beside it. */
export interface RunnerHooks extends UnitHooks {
  /** The unit's lease was taken or renewed. */
  readonly onRenewed: () => void;
}

/** What every effect of one run works with. */
export interface RunContext<Settings extends RunnerSettings = RunnerSettings> {
  readonly ports: RunnerPorts;
  readonly settings: Settings;
  readonly hooks: RunnerHooks;
  /** The run token of the relay. */
  readonly token: string;
  readonly recorder: RunRecorder;
  readonly keeper: ProcessKeeper;
  /** Hears the lines that the unit prints and that may tell something of a venue. */
  readonly printed: { hear: (line: string) => void };
  readonly dispatch: (event: BotEvent) => void;
  readonly say: Say;
  /** The exit that the run holds now, by the machine's state. */
  readonly exit: () => HeldExit | undefined;
  /** The exit that was left for one that may not be taken yet, while nothing runs. */
  readonly waitsOff: () => Left | undefined;
  /** Whether its first process has run. */
  readonly hasRun: () => boolean;
  /** Runs an operator's command inside a bot that has its parts. */
  readonly join: { exec: ((request: ExecRequest) => Promise<ExecEnd>) | undefined };
  /** What `snapshot` tells of the run beside the machine's state. */
  readonly vitals: Vitals;
  /** The unit's own lease, its lock on this host, whether it has had an exit, which may be still to be given back, and whether all was. */
  readonly hold: {
    hostLock: HostLock | undefined;
    lease: Lease | undefined;
    hasHadExit: boolean;
    isGivenBack: boolean;
  };
}

/** What those who see it note of a run that lives. */
export interface Vitals {
  /** The last one of its present process, and how old it may grow. */
  heartbeat: { readonly atMs: MonotonicMs; readonly lostAfterMs: number } | undefined;
  leaseUntil: MonotonicMs | undefined;
  /** Of the relay, where it has one. */
  counters: (() => Traffic) | undefined;
  /** Sockets of other programs that the bot can connect to. */
  reachableSockets: readonly string[];
  /** By what the processes of the run are found, once there is one. */
  heldBy: (() => UnitSnapshot["heldBy"]) | undefined;
  /** Past what the kernel ends them, where it limits their memory. */
  endsPastBytes: (() => number | undefined) | undefined;
}

/** Makes the context of a run that begins. */
export function runContext(
  ports: RunnerPorts,
  settings: RunnerSettings,
  hooks: RunnerHooks,
  machine: Pick<RunContext, "dispatch" | "exit" | "waitsOff" | "hasRun">,
): RunContext {
  const { unit } = settings;
  const printed = { hear: (_line: string): void => {} };
  return {
    ports,
    printed,
    settings,
    hooks: { ...hooks, onReady: onceOnly(hooks.onReady) },
    token: ports.random.uuid().replaceAll("-", ""),
    recorder: runRecorder(ports.store, ports.clock, ports.journal, unit.name),
    keeper: new ProcessKeeper(ports, settings, outputOf(ports, unit, hooks.output, printed)),
    say: once((level, text) => ports.journal.say({ level, unit: unit.name, text })),
    join: { exec: undefined },
    vitals: {
      heartbeat: undefined,
      leaseUntil: undefined,
      counters: undefined,
      reachableSockets: [],
      heldBy: undefined,
      endsPastBytes: undefined,
    },
    hold: { hostLock: undefined, lease: undefined, hasHadExit: false, isGivenBack: false },
    ...machine,
  };
}

/** The journal for what is said of one unit: whoever keeps many of them says what each is called there. */
export function calledBy({ word }: Pick<UnitHooks, "word">, journal: Journal, { name }: Unit): Journal {
  if (word === undefined) return journal;
  return { say: (notice) => journal.say(notice.unit === name ? { ...notice, unit: word() } : notice) };
}

// With a terminal of its own the unit's output never comes by here.
function outputOf(
  { knowledge }: RunnerPorts,
  unit: Unit,
  output: OutputSink,
  printed: RunContext["printed"],
): OutputSink {
  if (unit.kind === "collector" || !unit.outputPatterns) return output;
  return tapOutput(output, {
    mayTell: (text) => knowledge.mayTell(text),
    hear: (line) => printed.hear(line),
  });
}

function onceOnly(work: () => void): () => void {
  let isDone = false;
  return () => {
    if (!isDone) work();
    isDone = true;
  };
}

/** Passes a sentence on unless it is the one said last, or differs only in how long something lasts still or already. */
function once(tell: Say): Say {
  let last = "";
  return (level, text) => {
    const timeless = text.replaceAll(/\b(?:for|next try in) \d+ (?:s|min|h|d)\b/g, "");
    if (timeless === last) return;
    last = timeless;
    tell(level, text);
  };
}
