import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Deployment } from "kubernetes-models/apps/v1";
import { NetworkPolicy } from "kubernetes-models/networking.k8s.io/v1";
import { PodDisruptionBudget } from "kubernetes-models/policy/v1";
import { packageRoot } from "../../../lib/config/package-root.ts";

type Kind = "Deployment" | "NetworkPolicy" | "PodDisruptionBudget";

/** A document of a manifest, as it was read. */
export interface ManifestDocument {
  readonly apiVersion: string;
  readonly kind: Kind;
  readonly metadata: { readonly name: string };
  readonly spec: Readonly<Record<string, unknown>>;
}

const groups: Readonly<Record<Kind, string>> = {
  Deployment: "apps/v1",
  NetworkPolicy: "networking.k8s.io/v1",
  PodDisruptionBudget: "policy/v1",
};

/**
 * What the published schemas of Kubernetes find wrong. The package's validators, made from the OpenAPI, let unknown fields pass; its
 * types, made from the same, do not: the compiler reads each document as a literal of its type.
 */
export async function apiProblems(documents: readonly ManifestDocument[]): Promise<readonly string[]> {
  const invalid = documents.flatMap((document) => {
    try {
      modelOf(document).validate();
      return [];
    } catch (error) {
      return [String(error)];
    }
  });
  return [...invalid, ...(await compilerProblems(documents))];
}

function modelOf(document: ManifestDocument): { validate(): void } {
  // What a class does not take is what is tested.
  const data = document as never;
  if (document.kind === "Deployment") return new Deployment(data);
  if (document.kind === "NetworkPolicy") return new NetworkPolicy(data);
  return new PodDisruptionBudget(data);
}

async function compilerProblems(documents: readonly ManifestDocument[]): Promise<readonly string[]> {
  const folder = mkdtempSync(join(tmpdir(), "launch-kubernetes-"));
  const source = documents.map(
    (document) =>
      `(${JSON.stringify(document)}) satisfies import("kubernetes-models/${groups[document.kind]}/${document.kind}").I${document.kind};`,
  );
  writeFileSync(join(folder, "manifest.ts"), `${source.join("\n")}\nexport {};\n`);
  const compilerOptions = {
    strict: true,
    noEmit: true,
    skipLibCheck: true,
    module: "nodenext",
    types: [],
    paths: { "kubernetes-models/*": [join(packageRoot(), "node_modules/kubernetes-models/*")] },
  };
  writeFileSync(join(folder, "tsconfig.json"), JSON.stringify({ compilerOptions, files: ["manifest.ts"] }));
  const compiler = join(packageRoot(), "node_modules/.bin/tsc");
  const told = await new Promise<string>((resolve, reject) => {
    execFile(compiler, ["-p", folder, "--pretty", "false"], (error, stdout, stderr) => {
      if (error === null || stdout !== "") resolve(stdout);
      else reject(new Error(stderr, { cause: error }));
    });
  });
  rmSync(folder, { recursive: true });
  return told.split("\n").filter((line) => line.includes("error TS"));
}
