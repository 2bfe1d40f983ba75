import { readFileSync } from "node:fs";
import { join } from "node:path";
import type pg from "pg";
import { migrationsFolder } from "../database/database.ts";

/** What a careless change of the leases would look like; `worker` ones are done by `fixtures/lease-worker`. */
export const mutants = {
  early: "a taker waits for a moment only",
  "own-ttl": "a taker waits for its own TTL instead of the holder's",
  "one-statement": "a renewal reads its tokens in the statement that counts",
  "no-lock": "a taker reads the rival's row without locking it",
  "no-token": "a launcher's silence frees whatever it has, also what it acquired since",
  zombie: "a launcher does not tidy",
  "mine-by-launcher-id": "whatever this launcher has is this run's",
} as const;
export type Mutant = keyof typeof mutants;

type Edit = readonly [file: string, from: string | RegExp, to: string];

const edits: Partial<Record<Mutant, readonly Edit[]>> = {
  "one-statement": [
    [
      "renew_leases",
      /begin\n[\s\S]*end\n/,
      `declare
  v_renewed jsonb;
begin
  perform lease_guard();
  with counted as (
    update launchers set renewals = renewals + 1, renewed_at = clock_timestamp()
    where id = p_id and ended_at is null returning id)
  select jsonb_build_object(
      'tokens', coalesce(jsonb_agg(l.token) filter (where l.token is not null), '[]'),
      'exits', coalesce(jsonb_agg(l.exit_token) filter (where l.exit_token is not null), '[]'))
    into v_renewed
    from counted c left join leases l on l.launcher_id = c.id and not l.is_revoked
    group by c.id;
  return v_renewed;
end
`,
    ],
  ],
  "no-lock": [["lock_leases", "for no key update", ""]],
  "no-token": [["lease_is_over", "l.token = (p_seen ->> 'token')::bigint\n    and ", ""]],
  "mine-by-launcher-id": [
    [
      "acquire_lease",
      "v_lease.run_id = p_run and v_lease.launcher_id = p_launcher",
      "v_lease.launcher_id = p_launcher",
    ],
    ["acquire_lease", "l.run_id <> p_run", "l.launcher_id <> p_launcher"],
  ],
};

/** Rows of silent launchers go soon, and a taking dawdles between its locks and its writing: what is rare becomes common. */
const torment: readonly Edit[] = [
  ["register_launcher", "interval '1 hour'", "interval '2 seconds'"],
  [
    "acquire_lease",
    "v_token := lease_token();",
    "perform pg_sleep(random() * 0.03);\n  v_token := lease_token();",
  ],
  [
    "take_exit",
    "v_token := lease_token();",
    "perform pg_sleep(random() * 0.03);\n  v_token := lease_token();",
  ],
];

/** Puts the functions of a mutant, or the right ones, in place. */
export async function placeMutant(
  admin: pg.Client,
  mutant: Mutant | undefined,
  isTormented: boolean,
): Promise<void> {
  const changes = [...(isTormented ? torment : []), ...(mutant === undefined ? [] : (edits[mutant] ?? []))];
  await admin.query("set search_path to launch, pg_temp");
  const names = new Set([...Object.values(edits).flat(), ...torment].map(([name]) => name));
  for (const name of names) {
    let text = readFileSync(join(migrationsFolder, "functions", `${name}.sql`), "utf8");
    for (const [file, from, to] of changes.filter(([file]) => file === name)) {
      const changed = text.replace(from, to);
      if (changed === text) throw new Error(`${file} has no ${String(from)} any more`);
      text = changed;
    }
    await admin.query(text);
  }
}
