import type { VenueName } from "../../../domain/account.ts";
import { exitKeyOf } from "../../../domain/ip.ts";
import type { SeenLease } from "../../../domain/run/lease.ts";
import { botKey, type UnitKey } from "../../../domain/run/unit-key.ts";
import { InternalError, StoreError } from "../../../errors.ts";
import type {
  ExitLeaseAttempt,
  ExitLeaseRequest,
  LeaseAttempt,
  LeaseRequest,
  LeaseStore,
  Settling,
} from "../../../ports/store/lease-store.ts";
import { booleanAt, numberAt, rowAt, textAt } from "./decode.ts";
import { decodeHolder } from "./launchers.ts";
import { runColumns } from "./runs.ts";
import { type Row, type Session, send } from "./session.ts";

/** Who holds which unit and which exit; the functions in `migrations/functions` decide. */
export function leaseStore(session: Session): LeaseStore {
  return {
    acquire: (request) => acquire(session, request),
    holders: async (unitKeys) => {
      const rows = await session.query({ text: holdersText, values: [unitKeys], isRepeatable: true });
      return new Map(
        rows.map((row) => [
          textAt(row, "unit_key") as UnitKey,
          { ...decodeHolder(rowAt(row, "holder")), isRunning: booleanAt(row, "is_running") },
        ]),
      );
    },
    release: (runId, launcherId) => send(session, "select launch.release_lease($1, $2)", [runId, launcherId]),
    revoke: async ({ unitKey, instance }) => {
      const text = "select launch.revoke_lease($1, $2) as is_done";
      const [row] = await session.query({ text, values: [unitKey, instance] });
      return booleanAt(row ?? {}, "is_done");
    },
    free: async ({ unitKey, instance }, seen) => {
      const text = "select launch.free_lease($1, $2, $3) as is_done";
      const [row] = await session.query({ text, values: [unitKey, instance, proofOf(seen)] });
      return booleanAt(row ?? {}, "is_done");
    },
    takeExit: (request) => takeExit(session, request),
    releaseExit: ({ runId, token }) => send(session, "select launch.release_exit($1, $2)", [runId, token]),
  };
}

async function acquire(session: Session, request: LeaseRequest): Promise<LeaseAttempt> {
  const { unitKey, instance, runId, launcherId, seen, settledEra, begins } = request;
  const row = begins && JSON.stringify(runColumns(begins));
  const values = [unitKey, instance, runId, launcherId, seen && proofOf(seen), settledEra, row];
  const text = "select launch.begin_run($1, $2, $3, $4, $5, $6, $7) as answer";
  const answer = await answerOf(session, { text, values, isRepeatable: true });
  switch (answer["kind"]) {
    case "held":
      return {
        kind: "held",
        lease: { unitKey, instance, runId, launcherId, token: numberAt(answer, "token") },
      };
    case "busy":
      return { kind: "busy", holder: decodeHolder(rowAt(answer, "holder")) };
    case "unregistered":
      return { kind: "unregistered" };
    default:
      return settling(answer);
  }
}

const holdersText = `select l.unit_key, launch.lease_holder(l, la) as holder, coalesce(r.phase = 'running', false) as is_running
  from launch.leases l join launch.launchers la on la.id = l.launcher_id left join launch.runs r on r.run_id = l.run_id
  where l.unit_key = any ($1) and l.instance = ''`;

async function takeExit(session: Session, request: ExitLeaseRequest): Promise<ExitLeaseAttempt> {
  const { exitIps, venues, accountId, groupName, proxyId, runId, seen, settledEra } = request;
  const proofs = Object.fromEntries([...seen].map(([run, each]) => [run, proofOf(each)]));
  const values = [
    exitIps.map(exitKeyOf),
    exitIps,
    venues,
    accountId,
    groupName,
    proxyId,
    runId,
    JSON.stringify(proofs),
    settledEra,
  ];
  // The types choose the function: that of an earlier version, for one address, may still be there.
  const text = "select launch.take_exit($1::text[], $2::inet[], $3, $4, $5, $6, $7, $8, $9) as answer";
  const answer = await answerOf(session, { text, values, isRepeatable: true });
  switch (answer["kind"]) {
    case "taken":
      return { kind: "taken", lease: { runId, token: numberAt(answer, "token") } };
    case "conflict":
      return {
        kind: "conflict",
        holders: (answer["holders"] as readonly Row[]).map((row) => ({
          ...decodeHolder(row),
          accountName: textAt(row, "account_name"),
          exitKey: textAt(row, "exit_key"),
          venue: textAt(row, "venue") as VenueName,
        })),
      };
    case "lost":
      throw new StoreError("LAUNCH_LEASE_LOST", `Run ${runId} does not hold ${botKey(accountId)}.`);
    default:
      return settling(answer);
  }
}

async function answerOf(session: Session, statement: Parameters<Session["query"]>[0]): Promise<Row> {
  const [row] = await session.query(statement);
  return rowAt(row ?? {}, "answer");
}

function settling(answer: Row): Settling {
  if (answer["kind"] !== "settling")
    throw new InternalError("store-leases", "A lease function gave an answer that is none of its own");
  return { kind: "settling", era: numberAt(answer, "era"), ttlMs: numberAt(answer, "ttl_ms") };
}

function proofOf({ token, renewals }: SeenLease): { readonly token: number; readonly renewals: number } {
  return { token, renewals };
}
