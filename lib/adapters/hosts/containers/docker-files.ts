import { readFileSync } from "node:fs";
import { join } from "node:path";
import { renderTemplate } from "../render-template.ts";
import {
  type ContainedUnit,
  type ContainerPlace,
  handedTo,
  image,
  stopSecondsOf,
  variablesOf,
} from "./contained.ts";
import { yamlText } from "./yaml-text.ts";

/** The names of the files. */
export const dockerNames = {
  dockerfile: "Dockerfile",
  ignore: ".dockerignore",
  compose: "compose.yaml",
} as const;

/** What an image is made by, and how a host without a cluster runs these units; paths in `secretPaths`, which lie in the project, are kept out of the image. */
export function dockerFiles(
  units: readonly ContainedUnit[],
  place: ContainerPlace,
  {
    templates,
    names,
    secretPaths,
  }: {
    readonly templates: string;
    readonly names: readonly string[];
    readonly secretPaths: readonly string[];
  },
) {
  const isEmbedded = place.databaseUrl === undefined;
  return {
    dockerfile: renderTemplate(readFileSync(join(templates, "docker", "Dockerfile.txt"), "utf8"), {
      uid: String(image.user),
      packages: [...packages, ...(isEmbedded ? ["postgresql"] : [])].join(" "),
      program: image.program,
      volume: image.volume,
      project: image.project,
      config: place.config,
    }),
    /** What of the project must not get into the image. */
    ignored: [...usuallyIgnored, ...secretPaths],
    compose: composeFile(units, place, names),
  };
}

const packages = ["ca-certificates", "iproute2", "procps", "util-linux"];
const usuallyIgnored = [".git", ".env", "**/.env", "**/*.env", "**/pgpass", "compose.yaml"];

/** The text of a .dockerignore of these lines. */
export function ignoreText(lines: readonly string[]): string {
  return [
    "# Secrets are handed to containers when they start, and must not be in the image.",
    ...lines,
    "",
  ].join("\n");
}

const secretsFolder = "/run/secrets";

function composeFile(
  units: readonly ContainedUnit[],
  place: ContainerPlace,
  names: readonly string[],
): string {
  const isKernel = place.tier === "kernel";
  const files = [...place.secrets, ...handedTo(units)];
  const service = {
    image: place.image,
    command: ["launch", "up", ...names, "--no-output"],
    restart: "unless-stopped",
    stop_grace_period: `${stopSecondsOf(units)}s`,
    environment: variablesOf(place, secretsFolder),
    secrets: files.map(({ name, path }) => ({
      source: name,
      target: path.startsWith(`${secretsFolder}/`) ? name : path,
    })),
    volumes: [`state:${image.volume}`],
    cap_drop: ["ALL"],
    security_opt: [
      "no-new-privileges:true",
      ...(isKernel ? ["seccomp=unconfined", "apparmor=unconfined"] : []),
    ],
    healthcheck: {
      test: ["CMD", "launch", "check", "--all", "--live"],
      interval: "20s",
      timeout: "10s",
      retries: 3,
      start_period: "2m",
    },
  };
  const object = {
    services: { slipway: service },
    volumes: { state: {} },
    secrets: Object.fromEntries(files.map(({ name, from }) => [name, { file: from }])),
  };
  return yamlText(object, [
    [["services", "slipway", "secrets"], "Files of this host; they are in neither the image nor this file."],
    ...(isKernel
      ? ([
          [
            ["services", "slipway", "security_opt"],
            "A bot's own network is made with unshare, setns and mount, which the usual profiles forbid. No capability is needed.",
          ],
        ] as const)
      : []),
  ]);
}
