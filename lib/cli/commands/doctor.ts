import type { Workspace } from "../../compose/workspace.ts";
import { isolationWishes } from "../../domain/run/tier.ts";
import { errorCatalogue, UsageError } from "../../errors.ts";
import { examine, type Patient } from "../../operations/doctor/examine.ts";
import type { Finding } from "../../operations/doctor/finding.ts";
import { findingsView } from "../../operations/views/findings.ts";
import type { CommandUsage, Context, Outcome } from "../command.ts";
import { verdictCell } from "../view/ages.ts";
import { type FittedTable, renderFitted } from "../view/fitted-table.ts";
import type { Style } from "../view/style.ts";

const timeoutMs = 10_000;
const limit = 8;
const usualCommandMs = 20_000;
const longestShown = 48;

export const usage = {
  details:
    "Checks keys, state folder, useful programs, database, clock, credentials, witnesses and every enabled proxy, and says how to repair what is wrong. Ends with 1 if something failed, with 0 if there are only warnings. With --leaks it runs programs as bots in a lab of network namespaces instead, and tells from the packets on the lab's uplink whether one got past its proxy; nothing of it touches the real network or the database. Where no namespaces can be made, targets on the loopback judge, and the output says that this proves less. Ends with 1 on any leak, and when nothing was shown because the command after -- failed before it reached anything.",
  examples: ["launch doctor --leaks", "launch doctor --leaks --account alice -- python3 bots/main.py"],
  flags: {
    offline: { kind: "toggle", help: "Do not ask witnesses and proxies." },
    leaks: {
      kind: "toggle",
      help: "Test whether curl, Python, Node and raw sockets, or the command after --, can get past the proxy.",
    },
    account: {
      kind: "text",
      value: "name",
      help: "With --leaks: use isolation, ports, user and environment of this account's bot.",
    },
    isolation: {
      kind: "choice",
      choices: isolationWishes,
      help: "With --leaks: the tier to try (default: auto).",
    },
    ports: {
      kind: "list",
      value: "ports",
      help: "With --leaks: further ports or ranges that are forwarded.",
    },
    for: { kind: "duration", help: "With --leaks: how long the command after -- may run (20s)." },
  },
  command: true,
} as const satisfies CommandUsage;

const table = {
  columns: ["what", "verdict", "finding"],
  expendable: [],
  narrowest: { what: 20, finding: 30 },
  empty: "Nothing was checked.",
} as const satisfies FittedTable<"what" | "verdict" | "finding">;

/** Gives back what was found. */
export async function run(context: Context<typeof usage>): Promise<Outcome> {
  const workspace = await context.openWorkspace();
  if (context.flags.leaks) return await searchLeaks(context, workspace);
  refuseLeakWords(context);
  const progress = await context.io.progress("Looking around");
  const findings = await examine(patientOf(workspace, context.flags.offline)).finally(() => progress.done());
  const hasFailed = findings.some(({ verdict }) => verdict === "failed");
  const repairs = findings.filter(({ verdict, fix }) => verdict !== "ok" && fix !== undefined);
  return {
    data: findingsView(findings),
    text: (style) =>
      renderFitted(
        table,
        findings.map(({ subject, verdict, message }) => ({
          what: subject,
          verdict: verdictCell(verdict, style),
          finding: message.replaceAll("\n", "; "),
        })),
        style,
      ),
    notes: repairs.map(({ subject, fix }) => `${subject}: ${fix}`),
    exitStatus: hasFailed ? errorCatalogue.LAUNCH_CHECK_FAILED.exitStatus : 0,
  };
}

function refuseLeakWords({ flags, command }: Context<typeof usage>): void {
  const { account, isolation, for: forMs, ports } = flags;
  if (account ?? isolation ?? forMs ?? ports[0] ?? command[0]) {
    throw new UsageError(
      "LAUNCH_INVALID_VALUE",
      "--account, --isolation, --ports, --for and a command can be used only with --leaks.",
      {
        hint: "Add `--leaks`, or remove them.",
      },
    );
  }
}

async function searchLeaks(context: Context<typeof usage>, workspace: Workspace): Promise<Outcome> {
  const { io, flags, command } = context;
  const { checkLeaks } = await import("../../leak-check/check-leaks.ts");
  const { isUnproven, leakView } = await import("../../leak-check/leak-view.ts");
  const { leakNotes, leakTable } = await import("../view/leak-report.ts");
  const signal = io.signals.graceful;
  const progress = await io.progress("Looking for leaks");
  const { account, isolation, ports, for: forMs = usualCommandMs } = flags;
  const wishes = { account, isolation, ports, command, forMs, signal };
  const report = await checkLeaks(workspace, wishes).finally(() => progress.done());
  const own = command.length === 0 ? undefined : shownCommand(command);
  const hasLeak = report.rows.some(({ verdict }) => verdict === "LEAK");
  const failed = errorCatalogue.LAUNCH_CHECK_FAILED.exitStatus;
  const outcome = {
    data: leakView(report, own),
    text: (style: Style) => leakTable(report, style),
    notes: [...leakNotes(report, own), ...aboutAccount(account)],
    exitStatus: hasLeak || isUnproven(report, own) ? failed : 0,
  };
  if (!signal.aborted) return outcome;
  const data = { ...outcome.data, ok: false, interrupted: true };
  const exitStatus = stopStatus[String(signal.reason)] ?? failed;
  return {
    ...outcome,
    data,
    notes: ["The check was stopped before its end; this is what it saw until then."],
    exitStatus,
  };
}

function aboutAccount(account: string | undefined): readonly string[] {
  if (account === undefined) return [];
  return [
    `The proxy was the lab's. To check the proxies of ${account}: \`launch proxy check --account ${account}\`.`,
  ];
}

// 128 and the signal's number, as a shell counts.
const stopStatus: Readonly<Record<string, number>> = {
  SIGHUP: 129,
  SIGINT: 130,
  SIGQUIT: 131,
  SIGTERM: 143,
};

function shownCommand(command: readonly string[]): string {
  const words = command.join(" ").replace(/\s+/g, " ");
  return words.length > longestShown ? `${words.slice(0, longestShown - 1)}…` : words;
}

const chosen: ReadonlySet<string> = new Set([
  "file",
  "database",
  "network.witnesses",
  "network.public_ranges",
]);

function patientOf(workspace: Workspace, isOffline: boolean): Patient {
  const { database, keyring, config, inspector, clock } = workspace;
  return {
    inspector,
    clock,
    stateFolder: config.stateFolder,
    choices: config.settings.filter(({ name }) => chosen.has(name)),
    keys: keyring,
    openDatabase: async () => {
      const store = await workspace.openStore();
      const { version } = await database.inspect();
      return { store, described: `schema ${version} at ${database.shown}` };
    },
    lookAtServer: () => database.look(),
    openVault: () => workspace.openVault(),
    openOperator: () => workspace.openOperator(),
    hasProbes: workspace.config.network.hasProbes,
    checkAlerts: config.notify && (() => alertsOf(workspace, config.notify)),
    openTools: isOffline ? undefined : () => workspace.openCheckTools({ timeoutMs, limit }),
  };
}

async function alertsOf(
  workspace: Workspace,
  notify: Workspace["config"]["notify"],
): Promise<readonly Finding[]> {
  if (notify === undefined) return [];
  const { database, inspector, clock } = workspace;
  const [{ checkAlerts }, { listChannels }, { sealedFiles }] = await Promise.all([
    import("../../operations/doctor/check-alerts.ts"),
    import("../../operations/alerts/list-channels.ts"),
    import("../../compose/alerts/sealed-files.ts"),
  ]);
  // A database that is down has a finding of its own.
  const listed = await database
    .openAlerts()
    .then((store) => listChannels(store, notify, clock.now()))
    .catch(() => undefined);
  const sealed = await sealedFiles(notify);
  // Keys that are missing have a finding of their own.
  const keyIds = await workspace.openVault().then(
    (vault) => vault.keyIds,
    () => [],
  );
  return await checkAlerts(notify, { inspector, channels: listed?.channels ?? [], sealed, keyIds });
}
