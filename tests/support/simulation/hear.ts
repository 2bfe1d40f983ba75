import type { Proxy } from "../../../lib/domain/proxy/proxy.ts";
import { switchDefaults as rules } from "../../../lib/domain/reputation/switch-rules.ts";
import type { EvidenceChannel } from "../../../lib/domain/verdict/answer-class.ts";
import type { AnswerDecision, SeenAnswer } from "../../../lib/policy/reputation/answer/answer-facts.ts";
import { judgeAnswer } from "../../../lib/policy/reputation/answer/judge-answer.ts";
import { type Desk, observerOf } from "./desk.ts";
import { at, exitOf, keyOf, type SimAccount } from "./layout.ts";
import type { Probes } from "./probes.ts";
import type { Outcome } from "./world.ts";

type Answered = Extract<Outcome, { readonly kind: "answered" }>;

/** One answer as it was told, and what is known of the bot's day. */
export interface Heard {
  readonly outcome: Answered;
  readonly channel: EvidenceChannel;
  readonly burnsOfDay: number;
}

/** Stores an answer, judges it, asks what the judgement wants to be asked, and judges again. */
export function hear(
  { desk, probes }: { readonly desk: Desk; readonly probes: Probes },
  { account, proxy }: { readonly account: SimAccount; readonly proxy: Proxy },
  heard: Heard,
  nowS: number,
): AnswerDecision {
  const { outcome, channel, burnsOfDay } = heard;
  const seen = seenAnswer(account, outcome, channel, nowS);
  const earlier = desk.database.earlier(keyOf(exitOf(proxy)), account.account.id, nowS);
  desk.seeAnswer(account, proxy, { kind: outcome.class, channel }, nowS);
  let facts = desk.answerFacts(account, proxy, { earlier, burnsOfDay }, nowS);
  for (;;) {
    const { changes, decision } = judgeAnswer(seen, facts, desk.moment(nowS));
    desk.database.apply(changes);
    if (decision.kind === "check-exit") {
      const exitSeen = probes.hasDrifted(account, proxy, nowS) ? "differs" : "matches";
      facts = { ...facts, exitSeen };
    } else if (decision.kind !== "probe-venue") return decision;
    else if (decision.through === "candidate") {
      const candidate = servedOther({ desk, probes }, account, proxy, nowS) ? "passed" : "failed";
      facts = { ...facts, probes: { ...facts.probes, candidate } };
    } else {
      const probe = probes.venue(account, proxy, nowS);
      if (probe.kind === "answered" && probe.class !== "ok")
        return hear(
          { desk, probes },
          { account, proxy },
          { ...heard, outcome: probe, channel: "probe" },
          nowS,
        );
      facts = { ...facts, probes: { ...facts.probes, exit: "passed" } };
    }
  }
}

function servedOther(
  { desk, probes }: { readonly desk: Desk; readonly probes: Probes },
  account: SimAccount,
  proxy: Proxy,
  nowS: number,
): boolean {
  const others = desk.others(account, proxy, nowS).slice(0, rules.preflight);
  return others.some((other) => probes.tryOut(account, other.proxy, true, nowS) === undefined);
}

function seenAnswer(
  account: SimAccount,
  { class: answerClass, untilS }: Answered,
  channel: EvidenceChannel,
  nowS: number,
): SeenAnswer {
  const { venue } = account;
  const classified = {
    venue,
    class: answerClass,
    rule: "simulated",
    untilAt: untilS === undefined ? undefined : at(untilS),
    namedIp: undefined,
    text: `${venue} answered ${answerClass}.`,
  };
  return { by: observerOf(account), channel, classified, times: 1, at: at(nowS) };
}
