import type { AccountId, AssignmentId } from "../../../../domain/ids.ts";
import type { HeldFacts } from "../../../../domain/selection/selection-facts.ts";
import type { AccountStore } from "../../../../ports/store/account-store.ts";
import { booleanAt, numberAt, rowAt, rowsAt } from "../decode.ts";
import { decodeReputation } from "../reputation/reputations.ts";
import type { Row, Session } from "../session.ts";
import { accountJson, decodeAccount } from "./account-row.ts";
import { decodeAssignment } from "./assignments.ts";

interface Question {
  readonly accountId: AccountId;
  readonly assignmentId: AssignmentId;
}

/** A launcher asks for each of its bots at each renewal, so what comes in one turn of the event loop is one statement. */
export function heldFacts(session: Session): AccountStore["heldFacts"] {
  let together: { readonly questions: Question[]; readonly answers: Promise<Answers> } | undefined;
  return async (accountId, assignmentId) => {
    if (together === undefined) {
      const questions: Question[] = [];
      const answers = new Promise(setImmediate).then(() => {
        together = undefined;
        return readHeld(session, questions);
      });
      together = { questions, answers };
    }
    const { questions, answers } = together;
    // SQL counts from 1, too.
    const index = questions.push({ accountId, assignmentId });
    return (await answers).get(index);
  };
}

type Answers = ReadonlyMap<number, HeldFacts>;

async function readHeld(session: Session, questions: readonly Question[]): Promise<Answers> {
  const values = [questions.map((one) => one.accountId), questions.map((one) => one.assignmentId)];
  const rows = await session.query({ text: heldText, values, isRepeatable: true, isPlannedOnce: true });
  return new Map(rows.map((row) => [numberAt(row, "index"), decodeHeld(row)]));
}

function decodeHeld(row: Row): HeldFacts {
  const account = decodeAccount(rowAt(row, "account"));
  if (row["assignment"] === null) return { account, candidate: undefined };
  const proxy = rowAt(row, "proxy");
  return {
    account,
    candidate: {
      assignment: decodeAssignment(rowAt(row, "assignment")),
      proxy: { isActive: booleanAt(proxy, "is_active"), revision: numberAt(proxy, "revision") },
      reputations: rowsAt(row, "reputations").map(decodeReputation),
    },
  };
}

/** The exit of `p`, as `known`: one that nobody has seen yet is the exit that the proxy is expected to have. */
export const knownExit = `(select coalesce(p.last_exit_key, case when family(p.expected_ip) = 6
    then network(set_masklen(p.expected_ip, 64))::text else host(p.expected_ip) end) as exit_key) known`;

/** Of the exit `known` at the venues of `a`; those of an account of any venue are of every venue that was seen. */
export const reputationsOfExit = `(select coalesce(json_agg(r order by r.venue), '[]') from launch.reputations r
    where r.exit_key = known.exit_key and ('any' = any (a.venues) or r.venue = any (a.venues)))`;

const heldText = `select asked.index::int, ${accountJson} as account, to_jsonb(s) as assignment,
    jsonb_build_object('is_active', p.is_active, 'revision', p.revision) as proxy, ${reputationsOfExit} as reputations
  from unnest($1::uuid[], $2::uuid[]) with ordinality asked (account_id, assignment_id, index)
  join launch.accounts a on a.id = asked.account_id
  left join launch.account_proxy_assignments s on s.id = asked.assignment_id and s.account_id = a.id
  left join launch.network_proxies p on p.id = s.proxy_id
  left join lateral ${knownExit} on true`;
