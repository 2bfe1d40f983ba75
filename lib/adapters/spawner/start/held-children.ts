/**
 * Node programs that were started before it is certain that their run needs them. Each waits in our preload for one byte from here
 * (lib/preload/hold/wait-for-launcher.ts): none of its own code runs before, and without the byte it ends.
 */
import { once } from "node:events";
import type { Writable } from "node:stream";
import type { RunId } from "../../../domain/ids.ts";
import { holdVariable } from "../../../protocol/environment.ts";
import { launch, type StartedChild, type TierCommand } from "./tier-command.ts";

/** What would be started. */
export interface Held {
  readonly command: TierCommand;
  /** Undefined where the host's own is meant. */
  readonly network: string | undefined;
  /** Which folder and which program its paths led to. */
  readonly files: string;
  /** Set while it waits, where no preload of its own does. */
  readonly nodeOptions: string | undefined;
}

interface HeldChild {
  readonly child: StartedChild;
  readonly gate: Writable;
  readonly held: Held;
}

/** The first descriptor behind the three streams. */
const gateDescriptor = 3;

/** What a run has while a process of it lives. */
export interface HeldRun {
  readonly group: { add(pid: number): Promise<unknown> } | undefined;
  readonly leave: () => void;
}

export type HeldChildren = ReturnType<typeof heldChildren>;

/** One that is held for longer than `waitsMs` is ended, and a new one started when it is needed. */
export function heldChildren(waitsMs: number, enter: (runId: RunId) => HeldRun) {
  const all = new Map<RunId, Promise<HeldChild | undefined>>();
  const remove = async (runId: RunId): Promise<HeldChild | undefined> => {
    const holding = all.get(runId);
    all.delete(runId);
    const held = await holding;
    return held !== undefined && isLive(held.child) ? held : undefined;
  };
  const forget = async (runId: RunId): Promise<void> => {
    const held = await remove(runId);
    if (held !== undefined) await end(held.child);
  };
  return {
    /** Ends what is held for the run; settles when it is gone. */
    forget,
    /** Starts a program and holds it for the run, unless one is held already; what fails is told by the start that comes later. */
    hold(runId: RunId, find: () => Promise<Held | undefined>): void {
      if (all.has(runId)) return;
      const holding = find()
        .then((held) => held && start(held, enter(runId)))
        .catch(() => undefined);
      all.set(runId, holding);
      void holding.then(() => {
        setTimeout(() => {
          if (all.get(runId) === holding) void forget(runId);
        }, waitsMs).unref();
      });
    },
    /** Lets the run's program go, if it is the same as would be started now; else ends it. Undefined where none is left. */
    async take(runId: RunId, wanted: Held): Promise<StartedChild | undefined> {
      const held = await remove(runId);
      if (held === undefined) return undefined;
      if (!isSame(held.held, wanted)) {
        await end(held.child);
        return undefined;
      }
      held.gate.end(Buffer.of(1), () => held.gate.destroy());
      return held.child;
    },
  };
}

async function start(held: Held, run: HeldRun): Promise<HeldChild> {
  try {
    const started = await startWaiting(held);
    started.child.once("exit", run.leave);
    // Let go at once, it could start others before it is in the group.
    await run.group?.add(started.child.pid);
    return started;
  } catch (error) {
    run.leave();
    throw error;
  }
}

async function startWaiting(held: Held): Promise<HeldChild> {
  const { command, nodeOptions } = held;
  const waits = nodeOptions === undefined ? {} : { NODE_OPTIONS: nodeOptions };
  const env = { ...command.env, ...waits, [holdVariable]: `${gateDescriptor}` };
  const child = await launch({ ...command, env, stdio: [...command.stdio, "pipe"] });
  const gate = child.stdio[gateDescriptor] as Writable;
  // It may end while it is held.
  gate.on("error", () => {});
  return { child, gate, held };
}

function isSame(left: Held, right: Held): boolean {
  const wordsOf = ({ command: { file, args, cwd }, network, files }: Held) =>
    JSON.stringify([file, args, cwd, network, files]);
  const [one, other] = [left.command.env, right.command.env];
  if (wordsOf(left) !== wordsOf(right) || Object.keys(one).length !== Object.keys(other).length) return false;
  return Object.entries(one).every(([name, value]) => other[name] === value);
}

function isLive(child: StartedChild): boolean {
  return child.exitCode === null && child.signalCode === null;
}

async function end(child: StartedChild): Promise<void> {
  if (!isLive(child)) return;
  const ended = once(child, "exit");
  child.kill("SIGKILL");
  await ended;
}
