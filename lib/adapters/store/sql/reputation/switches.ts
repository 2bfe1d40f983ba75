import type { Incident } from "../../../../domain/reputation/incident.ts";
import type { SwitchDecision, SwitchFacts, SwitchRequest } from "../../../../domain/reputation/switch.ts";
import { instant } from "../../../../domain/time.ts";
import type {
  ClaimedSwitch,
  SwitchClaim,
  SwitchStore,
} from "../../../../ports/store/reputation/switch-store.ts";
import { asColumns, insertRow } from "../change.ts";
import { type Session, send } from "../session.ts";
import { keepIncident } from "./incidents.ts";
import { readSwitchFacts } from "./switch-facts.ts";

/** Permits for switches; `inTransaction` gives `claim` a transaction, which a launcher that freezes in it does not hold for long. */
export function switchStore(
  session: Session,
  inTransaction: <T>(work: (session: Session) => Promise<T>) => Promise<T>,
): SwitchStore {
  return {
    claim: (claim, decide) => inTransaction((locked) => claimSwitch(locked, claim, decide)),
    read: (of) => readSwitchFacts(session, of),
    finish: (id, outcome) => send(session, finishText, [id, outcome]),
  };
}

const finishText = `update launch.switch_permits set done_at = clock_timestamp(), outcome = $2
  where id = $1 and outcome is null`;

async function claimSwitch(
  session: Session,
  claim: SwitchClaim,
  decide: (facts: SwitchFacts) => SwitchDecision,
): Promise<ClaimedSwitch> {
  await session.query({ text: "select launch.lock_scopes($1)", values: [scopesOf(claim.request)] });
  const facts = await readSwitchFacts(session, claim);
  const decision = decide(facts);
  const opened: Incident[] = [];
  for (const incident of decision.incidents) if (await keepIncident(session, incident)) opened.push(incident);
  if (decision.kind === "granted") {
    const { accountId, runId, kind, cause, venues, provider, exitKey, hostKey } = claim.request;
    const counted = { accountId, runId, kind, cause, venues, provider, exitKey, hostKey };
    const at = instant(facts.now + decision.delayMs);
    await insertRow(session, "switch_permits", asColumns({ id: claim.id, ...counted, at }));
  }
  return { decision, facts, opened };
}

function scopesOf({ accountId, provider, venues }: SwitchRequest): readonly string[] {
  const vendor = provider === undefined ? [] : [`vendor:${provider}`];
  return [`account:${accountId}`, "fleet", ...vendor, ...venues.map((venue) => `venue:${venue}`)];
}
