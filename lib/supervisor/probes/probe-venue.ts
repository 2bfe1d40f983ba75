import type { RunId } from "../../domain/ids.ts";
import type { LauncherSettings } from "../../domain/run/run-settings.ts";
import type { Classified } from "../../domain/verdict/answer-class.ts";
import { changeReputation } from "../../policy/reputation/answer/answer-changes.ts";
import type { SeenAnswer } from "../../policy/reputation/answer/answer-facts.ts";
import { judgeAnswer } from "../../policy/reputation/answer/judge-answer.ts";
import { nextReputation } from "../../policy/reputation/reputation.ts";
import type { DueVenue } from "../../ports/store/reputation/probe-store.ts";
import { askVenue } from "../venue/ask-venue.ts";
import { readAnswerFacts } from "../venue/read-answer-facts.ts";
import { rowOf } from "../venue/venue-words.ts";
import { type ProberPorts, withProxy } from "./with-proxy.ts";

/** Asks a venue through an exit, without any key, and has judged what it answers. */
export async function probeVenue(
  ports: ProberPorts,
  settings: LauncherSettings,
  due: DueVenue,
): Promise<void> {
  const word = await withProxy(ports, settings, due.proxy, (relay) =>
    askVenue(ports, due.venue, { relay, signal: ports.over }),
  );
  // A way that fails is the transport's probes to judge.
  if (word?.kind !== "answered") return;
  const { classified, isServed } = word;
  if (!isServed) return hearRefusal(ports, settings, due, classified);
  const { reputation, isLeased } = due;
  if (reputation === undefined || isLeased) return;
  const { clock, random, store } = ports;
  const moment = { now: clock.now(), random01: random.random01(), rules: settings.switchRules };
  await store.apply(
    changeReputation(reputation, nextReputation(reputation, { type: "probe-passed" }, moment), undefined),
  );
}

// What concerns a bot that runs on the exit is its own intake's: there it may lead to a switch.
async function hearRefusal(
  ports: ProberPorts,
  { switchRules }: LauncherSettings,
  { accountId, proxy, exitIp, isLeased }: DueVenue,
  classified: Classified,
): Promise<void> {
  const { clock, random, store, processes, hostKey, evidence, intakes } = ports;
  const intake = intakes.get(accountId);
  if (isLeased && intake?.isOn(exitIp)) {
    intake.hearProbe(classified);
    return;
  }
  const at = clock.now();
  const said = { channel: "probe", classified, times: 1, at } as const;
  evidence.add(rowOf(said, { proxyId: proxy.id, exitIp, provider: proxy.provider, hostKey }));
  const { host } = processes.self();
  const seen: SeenAnswer = { by: { actor: "system", host, hostKey, runId: undefined, accountId }, ...said };
  const way = { accountId, runId: random.uuid() as RunId, proxy, exitIp };
  const found = { probes: { exit: "unasked", candidate: "unasked" }, exitSeen: "unasked", told: [] } as const;
  const facts = await readAnswerFacts(ports, switchRules, { seen, way, found });
  if (facts === undefined) return;
  const moment = { now: at, random01: random.random01(), rules: switchRules };
  await store.apply(judgeAnswer(seen, facts, moment).changes);
}
