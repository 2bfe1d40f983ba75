import { homedir } from "node:os";
import { join, resolve } from "node:path";
import type { LaunchConfig } from "../../../config/launch-config.ts";
import { UsageError } from "../../../errors.ts";
import type { CommandUsage, Context, Outcome } from "../../command.ts";
import { engineOutcome } from "../../generated/engine-outcome.ts";
import { generateFlags } from "../../generated/generate-flags.ts";
import { shellWord } from "../../program-name.ts";

export const usage = {
  details:
    "launch.service runs `launch up`: all bots and collectors of launch.yaml in one launcher. launch-bot@.service and launch-collector@.service are templates that run one each; use the one or the others. launch-db.service keeps the database where Slipway runs it. No secret is in them: the key file is handed over with LoadCredential.",
  examples: [
    "launch generate systemd --out ~/.config/systemd/user",
    "sudo launch generate systemd --system --run-as trader --out /etc/systemd/system",
    "launch generate systemd --dry-run --out ~/.config/systemd/user",
  ],
  flags: {
    out: {
      kind: "text",
      value: "folder",
      help: "The folder to write to; without it, the text goes to stdout.",
    },
    user: { kind: "toggle", help: "For your own service manager (usual, unless you are root)." },
    system: { kind: "toggle", help: "For the service manager of the host (usual as root)." },
    "run-as": { kind: "text", value: "user", help: "Whom the units run as; with --system (usually you)." },
    ...generateFlags,
  },
} as const satisfies CommandUsage;

type Systemd = Context<typeof usage>;

/** Generates the units and says how to start them. */
export async function run(context: Systemd): Promise<Outcome> {
  const { flags } = context;
  const manager = managerOf(flags);
  const [{ generateSystemd }, { hostedUnits }] = await Promise.all([
    import("../../../compose/engines/generate-systemd.ts"),
    import("../../../compose/engines/host-place.ts"),
  ]);
  const config = await context.loadConfig();
  const { units, refused } = await hostedUnits(config, () => context.openWorkspace(), []);
  const files = await generateSystemd(config, { units, manager, runAs: flags["run-as"], out: flags.out });
  const paths = files.flatMap(({ planned }) => planned?.path ?? []);
  const left = refused.map(({ name, why }) => `${name} cannot run as it is declared: ${why}`);
  const generated = {
    files,
    warnings: [...left, ...warnings(config)],
    data: { manager },
    steps: flags.out === undefined ? [] : nextSteps(manager, join(flags.out), paths),
  };
  return await engineOutcome(generated, flags);
}

function managerOf(flags: Systemd["flags"]): "user" | "system" {
  if (flags.user && flags.system)
    throw new UsageError("LAUNCH_USAGE", "Both --user and --system were given.", {
      hint: "Give one of them.",
    });
  const manager = flags.system || (!flags.user && process.getuid?.() === 0) ? "system" : "user";
  if (flags["run-as"] !== undefined && manager === "user")
    throw new UsageError(
      "LAUNCH_USAGE",
      "Your own service manager runs units as you: --run-as needs --system.",
      {
        hint: "Add --system, or leave --run-as out.",
      },
    );
  return manager;
}

// The service manager starts with a clean environment, and reads units from its own folders only.
function warnings({ settings, database, keys }: LaunchConfig): readonly string[] {
  const sourceOf = (name: string) => settings.find((setting) => setting.name === name)?.source;
  const source = sourceOf("database");
  const isShells = database.kind === "server" && database.variable === source;
  return [
    ...(isShells ? [`under systemd ${source} is not set: write it into .env beside launch.yaml.`] : []),
    ...(keys.kind === "file"
      ? []
      : [
          "the master keys are in no file that the units could be given: write them into one of mode 0600 and name it with --key-file.",
        ]),
  ];
}

function isCleanedUp(folder: string): boolean {
  return /^\/(tmp|var\/tmp|run|var\/run|dev\/shm)(\/|$)/.test(resolve(folder));
}

function nextSteps(manager: "user" | "system", folder: string, paths: readonly string[]): readonly string[] {
  const [control, usual] =
    manager === "user"
      ? ["systemctl --user", join(homedir(), ".config", "systemd", "user")]
      : ["systemctl", "/etc/systemd/system"];
  const files = paths.map(shellWord).join(" ");
  // A link into a folder that is emptied at a boot, or of old files, would leave nothing to start.
  const place = isCleanedUp(folder) ? `cp ${files} ${shellWord(usual)}/` : `${control} link ${files}`;
  return [
    `next: ${[...(folder === usual ? [] : [place]), `${control} daemon-reload`, `${control} enable --now launch`].join(" && ")}`,
    ...(manager === "user" ? ["To have it run while you are not logged in: loginctl enable-linger"] : []),
  ];
}
