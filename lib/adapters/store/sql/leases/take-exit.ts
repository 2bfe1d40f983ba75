import type { VenueName } from "../../../../domain/account.ts";
import { exitKeyOf } from "../../../../domain/ip.ts";
import { accountResource } from "../../../../domain/run/lease.ts";
import { InternalError, StoreError } from "../../../../errors.ts";
import type { ExitHolder, ExitLeaseAttempt, ExitLeaseRequest } from "../../../../ports/store/lease-store.ts";
import { numberAt, rowAt, textAt } from "../decode.ts";
import type { Row, Session } from "../session.ts";
import { decodeOwner, ownerColumns } from "./lease-owner.ts";

const text = "select launch.take_exit($1, $2, $3, $4, $5, $6, $7, $8, $9) as attempt";

/** Takes an exit for an account's venues; refused with LAUNCH_LEASE_LOST when the run does not hold the account's lease. */
export async function takeExit(session: Session, request: ExitLeaseRequest): Promise<ExitLeaseAttempt> {
  const { exitIp, venues, accountId, groupName, proxyId, owner, ttlMs, seen } = request;
  const values = [
    exitKeyOf(exitIp),
    exitIp,
    venues,
    accountId,
    groupName,
    proxyId,
    JSON.stringify(ownerColumns(owner)),
    ttlMs,
    JSON.stringify(Object.fromEntries(seen)),
  ];
  const [row] = await session.query({ text, values, isRepeatable: true });
  const attempt = row === undefined ? undefined : rowAt(row, "attempt");
  switch (attempt?.["kind"]) {
    case "taken":
      return { kind: "taken", lease: { runId: owner.runId, token: numberAt(attempt, "token") } };
    case "conflict":
      return { kind: "conflict", holders: (attempt["holders"] as readonly Row[]).map(decodeHolder) };
    case "lost":
      throw new StoreError(
        "LAUNCH_LEASE_LOST",
        `Run ${owner.runId} does not hold ${accountResource(accountId)}.`,
      );
    default:
      throw new InternalError("store-take-exit", "take_exit gave an answer that is not one of its three");
  }
}

function decodeHolder(row: Row): ExitHolder {
  return {
    accountName: textAt(row, "account_name"),
    venue: textAt(row, "venue") as VenueName,
    owner: decodeOwner(row),
    beat: numberAt(row, "beat"),
    ttlMs: numberAt(row, "ttl_ms"),
  };
}
