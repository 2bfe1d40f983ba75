import { exitKeyOf } from "../../../domain/ip.ts";
import type { RunStore } from "../../../ports/store/run-store.ts";
import { timestamp } from "./decode.ts";
import type { Session } from "./session.ts";

const openText = `insert into launch.exit_uses (account_id, proxy_id, exit_ip, exit_key, venue, run_id, from_at)
  select $1, $2, e.ip, e.key, v.venue, $6, $7
  from unnest($3::inet[], $4::text[]) as e (ip, key), (select distinct unnest($5::text[]) as venue) v`;

const closeText = "update launch.exit_uses set until_at = $2 where run_id = $1 and until_at is null";

/** Which account left through which exit, and when: one row for each address and venue. */
export function exitUseStore(session: Session): Pick<RunStore, "openExitUse" | "closeExitUse"> {
  return {
    openExitUse: async ({ accountId, proxyId, exitIps, venues, runId, from }) => {
      const values = [accountId, proxyId, exitIps, exitIps.map(exitKeyOf), venues, runId, timestamp(from)];
      await session.query({ text: openText, values });
    },
    closeExitUse: async (runId, at) => {
      await session.query({ text: closeText, values: [runId, timestamp(at)], isRepeatable: true });
    },
  };
}
