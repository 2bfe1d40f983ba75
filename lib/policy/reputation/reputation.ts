import type { Reputation, ReputationState } from "../../domain/reputation/reputation.ts";
import { switchDefaults } from "../../domain/reputation/switch-rules.ts";
import type { Instant } from "../../domain/time.ts";
import {
  blockCountry,
  burn,
  burnByWord,
  clearByBot,
  confirmBlock,
  endLimit,
  forgive,
  limit,
  probeOnProbation,
  prolong,
  returnOnProbation,
  revive,
  standProbation,
} from "./reputation-moves.ts";
import type { Moment, ReputationSignal } from "./reputation-signal.ts";

type SignalType = ReputationSignal["type"];
type SignalOf<T extends SignalType> = Extract<ReputationSignal, { readonly type: T }>;
type Cell<T extends SignalType> =
  | ((current: Reputation, signal: SignalOf<T>, moment: Moment) => Reputation)
  | "stay";
type Cells = { readonly [T in SignalType]: Cell<T> };

/** What a signal does where a state says nothing else. */
export const reputationDefaults: Cells = {
  "rate-limited": limit,
  burned: burn,
  "geo-blocked": blockCountry,
  "until-passed": "stay",
  "used-cleanly": forgive,
  "probe-passed": "stay",
  "burned-by-operator": burnByWord,
  revived: revive,
  "cleared-by-bot": clearByBot,
};

/** What differs from the defaults, by state. */
const reputationRows: { readonly [S in ReputationState]: Partial<Cells> } = {
  clear: { "cleared-by-bot": "stay" },
  limited: { "until-passed": endLimit, "used-cleanly": "stay" },
  burned: {
    "rate-limited": prolong,
    burned: prolong,
    "until-passed": returnOnProbation,
    "used-cleanly": "stay",
  },
  probation: { "rate-limited": "stay", "used-cleanly": standProbation, "probe-passed": probeOnProbation },
  geo_blocked: {
    "rate-limited": "stay",
    burned: "stay",
    "geo-blocked": confirmBlock,
    "until-passed": returnOnProbation,
    "used-cleanly": "stay",
    "cleared-by-bot": "stay",
  },
};

/** The reputation of an exit of which nobody has said anything. */
export function clearReputation(
  exit: Pick<Reputation, "exitKey" | "exitIp" | "venue">,
  now: Instant,
): Reputation {
  return {
    ...exit,
    state: "clear",
    because: undefined,
    untilAt: undefined,
    failures: 0,
    since: now,
    nextProbeAt: undefined,
    cleanMs: 0,
  };
}

/** The reputation after a signal; the same value where nothing changes. A time that is over has ended before. */
export function nextReputation(current: Reputation, signal: ReputationSignal, moment: Moment): Reputation {
  return move(reputationAt(current, moment.now), signal, moment);
}

/** The reputation as it is now: rows are written when something happens, and time passes without anybody writing. */
export function reputationAt(current: Reputation, now: Instant): Reputation {
  const { state, untilAt } = current;
  // A limit without a time, as a foreign hand may write it, would never end.
  const isOver = untilAt === undefined ? state === "limited" : untilAt <= now;
  // Neither chance nor thresholds have a part in it.
  const moment = { now, random01: 0, rules: switchDefaults };
  return isOver ? move(current, { type: "until-passed" }, moment) : current;
}

function move<T extends SignalType>(current: Reputation, signal: SignalOf<T>, moment: Moment): Reputation {
  const cell = cellOf(current.state, signal.type as T);
  return cell === "stay" ? current : cell(current, signal, moment);
}

/** What a signal does in a state. */
export function cellOf<T extends SignalType>(state: ReputationState, type: T): Cell<T> {
  return (reputationRows[state][type] ?? reputationDefaults[type]) as Cell<T>;
}
