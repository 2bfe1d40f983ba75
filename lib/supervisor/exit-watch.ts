import type { WitnessAnswer } from "../domain/exit-reading.ts";
import type { CandidateFacts } from "../domain/selection-facts.ts";
import type { BotEvent } from "../policy/bot-machine/event.ts";
import type { ProvenWay } from "../policy/bot-machine/state.ts";
import { judgeReading } from "../policy/proof.ts";
import type { BotChannelEvent, WitnessRawAnswer } from "../ports/bot-channel.ts";
import type { Relay, RelayEvent } from "../ports/relay.ts";
import type { ProcessKeeper } from "./process-keeper.ts";
import type { RunBook } from "./run-book.ts";
import type { RunnerPorts } from "./runner-ports.ts";
import type { BotRunnerSettings } from "./runner-settings.ts";
import { withdrawalOf } from "./withdrawal.ts";

/** Beats come every 5 s; three missing are lost (CONTRACTS §4), with one second for the last one to arrive. */
const beatsLostAfterMs = 16_000;
const readEveryMs = 60_000;
const readTimeoutMs = 5_000;
const maxWrittenBeatAgeMs = 15_000;

/** Watches a running bot from three sides: its beats, the exit as it is seen, and what the operator changed. */
export interface ExitWatch {
  start(way: ProvenWay, candidate: CandidateFacts): void;
  stop(): void;
  hear(event: BotChannelEvent, isMain: boolean): void;
  hearRelay(event: RelayEvent): void;
  /** The change feed: read with each lease renewal. */
  renewed(): void;
}

interface Watched {
  readonly way: ProvenWay;
  readonly candidate: CandidateFacts;
}

export function exitWatch(
  ports: RunnerPorts,
  settings: BotRunnerSettings,
  parts: { readonly relay: Relay; readonly keeper: ProcessKeeper; readonly book: RunBook },
  dispatch: (event: BotEvent) => void,
): ExitWatch {
  const { clock, random } = ports;
  let watched: Watched | undefined;
  let cancelBeat = () => {};
  let cancelRead = () => {};
  let pendingRead: { readonly id: number; readonly cancel: () => void } | undefined;
  let lastId = 0;
  let beatWrittenAt = 0;
  let isReadingFacts = false;

  const judge = (answer: WitnessAnswer): void => {
    if (watched === undefined) return;
    const verdict = judgeReading(answer, watched.way.proof, ports.directIp.current());
    if (verdict.kind === "drift" || verdict.kind === "direct_leak")
      return dispatch({ type: "drift-seen", reason: verdict.why });
    if (verdict.kind === "unknown") return;
    parts.book.note({ exitProvenAt: clock.now() });
    dispatch({ type: "exit-confirmed", unit: random.unit() });
  };

  const readByLauncher = async (witness: string): Promise<void> => {
    judge(await ports.witness.ask(witness, parts.relay.dial.bind(parts.relay), readTimeoutMs));
  };

  const read = (): void => {
    const witness = settings.witnesses[Math.floor(random.unit() * settings.witnesses.length)];
    scheduleRead();
    if (witness === undefined) return;
    const id = ++lastId;
    const isAsked = parts.keeper.channel()?.requestReading(id, witness, readTimeoutMs) ?? false;
    if (!isAsked) return void readByLauncher(witness);
    // A bot whose loop is busy may not answer: then the launcher looks for itself.
    const cancel = clock.after(readTimeoutMs + 1_000, () => void readByLauncher(witness));
    pendingRead?.cancel();
    pendingRead = { id, cancel };
  };

  const scheduleRead = (): void => {
    cancelRead();
    cancelRead = clock.after(readEveryMs * (0.8 + 0.4 * random.unit()), read);
  };

  const takeBeat = (): void => {
    cancelBeat();
    cancelBeat = clock.after(beatsLostAfterMs, () => dispatch({ type: "beat-lost", unit: random.unit() }));
    const now = clock.now();
    if (now - beatWrittenAt < maxWrittenBeatAgeMs) return;
    beatWrittenAt = now;
    parts.book.note({ beatAt: now });
  };

  const takeReading = (id: number, witness: string, answer: WitnessRawAnswer): void => {
    if (pendingRead?.id !== id) return;
    pendingRead.cancel();
    pendingRead = undefined;
    judge(ports.witness.parse(witness, answer));
  };

  return {
    start(way, candidate) {
      watched = { way, candidate };
      scheduleRead();
    },
    stop() {
      watched = undefined;
      cancelBeat();
      cancelRead();
      pendingRead?.cancel();
      pendingRead = undefined;
    },
    hear(event, isMain) {
      if (watched === undefined || !isMain) return;
      if (event.type === "beat") takeBeat();
      if (event.type === "reading") takeReading(event.id, event.witness, event.answer);
    },
    hearRelay(event) {
      if (watched === undefined || event.type !== "failed" || event.failure.scope !== "upstream") return;
      dispatch({ type: "transport-suspected", reason: event.failure.message });
    },
    renewed() {
      const current = watched;
      if (current === undefined || isReadingFacts) return;
      isReadingFacts = true;
      void ports.store.accounts
        .facts(settings.account.id)
        .then((facts) => {
          if (watched !== current) return;
          const found = withdrawalOf(facts, current.candidate, clock.now());
          if (found !== undefined) dispatch({ type: "withdrawn", ...found });
        })
        .catch(() => {
          // The renewal itself tells about an unreachable database, and its deadline decides.
        })
        .finally(() => {
          isReadingFacts = false;
        });
    },
  };
}
