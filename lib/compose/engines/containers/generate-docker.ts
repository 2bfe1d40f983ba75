import { statSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { dirname, join, relative, resolve } from "node:path";
import { dockerFiles, dockerNames, ignoreText } from "../../../adapters/hosts/containers/docker-files.ts";
import type { LaunchConfig } from "../../../config/launch-config.ts";
import { packageRoot } from "../../../config/package-root.ts";
import { UsageError } from "../../../errors.ts";
import type { Workspace } from "../../workspace.ts";
import type { EngineFile } from "../write-planned.ts";
import { type EngineFiles, type EngineWish, engineFiles } from "./engine-files.ts";

/** What a folder is built into an image with. */
export interface DockerMade extends EngineFiles {
  /** The folder of launch.yaml, which becomes part of the image. */
  readonly project: string;
  /** Where Slipway itself is. */
  readonly program: string;
  /** Whom the image is to run as, so that it can read the key file; undefined: the usual user. */
  readonly uid: number | undefined;
}

/** Makes a Dockerfile, what keeps secrets out of it, and a compose file. A .dockerignore of somebody else stays unless `force`. */
export async function generateDocker(
  config: LaunchConfig,
  openWorkspace: () => Promise<Pick<Workspace, "openStore">>,
  wish: EngineWish & { readonly isForced: boolean },
): Promise<DockerMade> {
  const project = config.file === undefined ? config.cwd : dirname(config.file);
  refuseOtherFolder(config, wish, project);
  let ignored: readonly string[] = [];
  const made = await engineFiles(config, openWorkspace, wish, {
    command: "launch generate docker",
    credentials: "/run/secrets",
    isOfManyHosts: false,
    make(units, place) {
      const envFiles = units.flatMap((unit) => unit.envFiles.map(({ from }) => from));
      const secretPaths = [...place.secrets.map(({ from }) => from), ...envFiles, config.stateFolder];
      const { names } = wish;
      const templates = join(packageRoot(), "templates");
      const files = dockerFiles(units, place, {
        templates,
        names,
        secretPaths: insideOf(project, secretPaths),
      });
      ({ ignored } = files);
      return {
        files: [
          { name: dockerNames.dockerfile, text: files.dockerfile },
          { name: dockerNames.ignore, text: ignoreText(ignored) },
          { name: dockerNames.compose, text: files.compose },
        ],
        secrets: [],
      };
    },
  });
  const kept = wish.isForced ? undefined : made.files.find(isKept);
  const missing = kept === undefined ? [] : await missingLines(kept, ignored);
  return {
    ...made,
    files: made.files.filter((file) => file !== kept),
    warnings: [
      ...made.warnings,
      ...(missing.length === 0
        ? []
        : [
            `${dockerNames.ignore} is yours and stays; add to it, or secrets get into the image: ${missing.join(" ")}`,
          ]),
    ],
    project,
    program: packageRoot(),
    uid: ownerOf(config),
  };
}

// Elsewhere the .dockerignore would not be read, and secrets would get into the image.
function refuseOtherFolder(config: LaunchConfig, { out }: EngineWish, project: string): void {
  if (out === undefined || resolve(config.cwd, out) === project) return;
  throw new UsageError("LAUNCH_INVALID_VALUE", `--out ${out} is not the folder of launch.yaml.`, {
    hint: `Give --out ${project}: that folder becomes the image, and what keeps secrets out of it is read only there.`,
  });
}

function insideOf(project: string, paths: readonly string[]): readonly string[] {
  const inside = paths.map((path) => relative(project, path));
  return [...new Set(inside)].filter((path) => path !== "" && !path.startsWith("..") && path !== "KEY-FILE");
}

function isKept({ name, planned }: EngineFile): boolean {
  return name === dockerNames.ignore && (planned?.fate === "foreign" || planned?.fate === "edited");
}

async function missingLines({ planned }: EngineFile, wanted: readonly string[]): Promise<readonly string[]> {
  const present = planned === undefined ? "" : await readFile(planned.path, "utf8");
  const lines = new Set(present.split("\n").map((line) => line.trim()));
  return wanted.filter((line) => !lines.has(line));
}

// Under compose a secret is the host's own file, and only its owner may read it.
function ownerOf({ keys }: LaunchConfig): number | undefined {
  if (keys.kind === "variable") return undefined;
  return statSync(keys.path, { throwIfNoEntry: false })?.uid;
}
