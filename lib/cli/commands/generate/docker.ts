import type { DockerMade } from "../../../compose/engines/containers/generate-docker.ts";
import type { CommandUsage, Context, Outcome } from "../../command.ts";
import { containerFlags } from "../../generated/container-flags.ts";
import { engineOutcome } from "../../generated/engine-outcome.ts";
import { shellWord } from "../../program-name.ts";

export const usage = {
  details:
    "A Dockerfile that puts Slipway and the folder of launch.yaml into one image, a .dockerignore that keeps secrets out of it, and a compose.yaml that runs `launch up` with the secrets as files. Docker and podman take all of them. docs/engines/containers.md goes through it.",
  examples: ["launch generate docker --out .", "launch generate docker --tier kernel --out . --dry-run"],
  operands: [{ name: "units", help: "Bots and collectors of launch.yaml.", arity: "many" }],
  flags: {
    image: { kind: "text", value: "image", help: "What the image is called (default: slipway:local)." },
    ...containerFlags,
  },
} as const satisfies CommandUsage;

/** Generates the files and says how to build and start. */
export async function run(context: Context<typeof usage>): Promise<Outcome> {
  const { flags, args } = context;
  const { generateDocker } = await import("../../../compose/engines/containers/generate-docker.ts");
  const config = await context.loadConfig();
  const image = flags.image ?? "slipway:local";
  const made = await generateDocker(config, () => context.openWorkspace(), {
    names: args.units,
    image,
    tier: flags.tier ?? "preload",
    out: flags.out,
    isForced: flags.force,
  });
  const steps =
    flags.out === undefined ? [] : [`next: ${buildCommand(made, image)}`, "next: docker compose up -d"];
  const { files, units } = made;
  const generated = { files, warnings: [...made.warnings, ...warnings(made)], data: { units }, steps };
  return engineOutcome(generated, flags);
}

function buildCommand({ program, project, uid }: DockerMade, image: string): string {
  const owner = uid === undefined || uid === 0 ? [] : ["--build-arg", `UID=${uid}`];
  const context = ["--build-context", `slipway=${program}`];
  return ["docker", "build", ...owner, ...context, "-t", image, project].map(shellWord).join(" ");
}

function warnings({ uid }: DockerMade): readonly string[] {
  if (uid !== 0) return [];
  return [
    "the key file belongs to root, and the container does not run as root: give it a copy with `install -o 10001 -m 600`, and name that with --key-file.",
  ];
}
