import type { Workspace } from "../../compose/workspace.ts";
import { LaunchError } from "../../errors.ts";
import { examine, type Patient } from "../../operations/doctor/examine.ts";
import type { CommandArgs, CommandMeta, Context, Outcome } from "../command.ts";
import { verdictCell } from "../view/ages.ts";
import { renderTable } from "../view/table.ts";

const timeoutMs = 10_000;
const limit = 8;

/** What help adds to the summary. */
export const meta: CommandMeta = {
  details:
    "Looks at keys, state folder, helpful commands, database, clock, credentials, witnesses and every enabled proxy, and says how to repair what is wrong. Ends with 1 when something failed; warnings alone end with 0.",
};

/** What the command takes. */
export const args = {
  operands: [],
  flags: { offline: { kind: "toggle", help: "Leave witnesses and proxies alone." } },
} as const satisfies CommandArgs;

/** Gives back what was found. */
export async function run(context: Context<typeof args>): Promise<Outcome> {
  const workspace = await context.openWorkspace();
  const progress = await context.io.progress("Looking around");
  const findings = await examine(patientOf(workspace, context.flags.offline)).finally(() => progress.done());
  const hasFailed = findings.some(({ verdict }) => verdict === "failed");
  const repairs = findings.filter(({ verdict, fix }) => verdict !== "ok" && fix !== undefined);
  return {
    data: {
      version: 1,
      ok: !hasFailed,
      findings: findings.map((each) => ({ ...each, fix: each.fix ?? null })),
    },
    text: (style) =>
      renderTable(
        ["what", "verdict", "finding"],
        findings.map(({ subject, verdict, message }) => ({
          what: subject,
          verdict: verdictCell(verdict, style),
          finding: message.replaceAll("\n", "; "),
        })),
        style,
      ),
    notes: repairs.map(({ subject, fix }) => `${subject}: ${fix}`),
    exitStatus: hasFailed ? new LaunchError("LAUNCH_CHECK_FAILED", "").exitStatus : 0,
  };
}

function patientOf(workspace: Workspace, isOffline: boolean): Patient {
  const { database, keyring, config, inspector, clock } = workspace;
  return {
    inspector,
    clock,
    stateFolder: config.stateFolder,
    keys: keyring,
    openDatabase: async () => {
      const store = await workspace.openStore();
      const { version } = await database.inspect();
      return { store, described: `schema ${version} at ${database.shown}` };
    },
    databaseNow: () => database.now(),
    openVault: () => workspace.openVault(),
    openOperator: () => workspace.openOperator(),
    openTools: isOffline ? undefined : () => workspace.openCheckTools({ timeoutMs, limit }),
  };
}
