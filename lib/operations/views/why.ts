import { textOf } from "../logs/log-line-view.ts";
import type { Crash } from "../logs/read-crash.ts";
import type { Explanation } from "../why/explain-account.ts";
import { nextSteps } from "../why/next-steps.ts";
import { rfc3339 } from "./rfc3339.ts";

/** The answer of `launch why --json`: where an account stands, and all that decides about it. */
export function explanationView(found: Explanation, crash?: Crash) {
  const { account, state, waitsUntil, run, isLive, idle, exit } = found;
  return {
    version: 1,
    account: account.name,
    venues: account.venues,
    state,
    until: rfc3339(waitsUntil),
    held_by: account.hold?.by ?? null,
    held_why: account.hold?.why ?? null,
    run:
      run === undefined
        ? null
        : {
            id: run.id,
            live: isLive,
            host: run.launcher.host,
            phase: run.phase,
            reason: run.reason ?? null,
          },
    not_running: idle === undefined ? null : { state: idle.state, why: idle.why },
    exit:
      exit === undefined
        ? null
        : {
            proxy: exit.proxyLabel ?? null,
            exit_ip: exit.exitIp,
            from: rfc3339(exit.from),
            until: rfc3339(exit.until),
            why: exit.why ?? null,
          },
    candidates: found.candidates.map(({ proxyLabel, exitIp, priority, place, obstacles }) => ({
      proxy: proxyLabel,
      exit_ip: exitIp ?? null,
      priority,
      place,
      obstacles,
    })),
    incidents: found.incidents.map(({ kind, name, since, untilAt, why }) => ({
      kind,
      name,
      since: rfc3339(since),
      until: rfc3339(untilAt),
      why,
    })),
    planned_switches: budgetView(found),
    ...seenView(found),
    crash: crash === undefined ? null : crashView(crash),
    next: nextSteps(found),
  };
}

function crashView({ at, path, lines }: Crash) {
  return {
    at,
    file: path,
    lines: lines.map(({ at: time, stream, text }) => ({ time, stream, text: textOf(text) })),
  };
}

function budgetView({ budget, at }: Explanation) {
  return {
    used_short: budget.usedShort,
    most_short: budget.rules.perTenMinutes,
    short_ms: budget.rules.tenMinutesMs,
    used_long: budget.usedLong,
    most_long: budget.rules.perDay,
    long_ms: budget.rules.dayMs,
    allowed_at: rfc3339(budget.refusal?.untilAt ?? at),
    refused_because: budget.refusal?.why ?? null,
  };
}

function seenView(found: Explanation) {
  return {
    events: found.events.map(({ at, kind, severity, actor, message }) => ({
      at: rfc3339(at),
      kind,
      severity,
      actor,
      message,
    })),
    evidence: found.evidence.map((row) => ({
      at: rfc3339(row.at),
      channel: row.channel,
      kind: row.kind,
      venue: row.venue ?? null,
      exit_ip: row.exitIp ?? null,
      times: row.times,
      weight: row.weight,
      until: rfc3339(row.untilAt),
      why: row.why,
    })),
  };
}
