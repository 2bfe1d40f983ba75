import { execFileSync } from "node:child_process";
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { execa } from "execa";
import { packageRoot } from "../../../lib/config/package-root.ts";
import { patient } from "../../patience/patience.ts";

/** A project of somebody else's with the packed library installed, and of other packages only what it needs. */
export interface Consumer {
  readonly folder: string;
  /** What the packed library consists of, relative to its root. */
  readonly files: readonly string[];
  write(name: string, text: string): void;
  /** Compiles every .ts file strictly, library types included; gives what the compiler says. */
  compile(): Promise<string>;
  /** Runs one file to its end; rejects when it fails or does not end by itself within 30 s. */
  run(name: string, options?: RunOptions): Promise<{ readonly stdout: string; readonly stderr: string }>;
  remove(): void;
}

export interface RunOptions {
  readonly node?: string;
  readonly env?: Readonly<Record<string, string>>;
}

const root = packageRoot();

/** Packs the library as it would be published and installs it beside the named packages. */
export function newConsumer(beside: readonly string[]): Consumer {
  const folder = mkdtempSync(join(tmpdir(), "slipway-consumer-"));
  const library = join(folder, "node_modules", "slipway");
  unpackInto(folder, library);
  const { dependencies } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as {
    readonly dependencies: Readonly<Record<string, string>>;
  };
  for (const name of [...Object.keys(dependencies), ...beside]) link(name, folder);
  const write = (name: string, text: string): void => writeFileSync(join(folder, name), text);
  write("package.json", '{"type":"module"}\n');
  write("tsconfig.json", JSON.stringify(tsconfig));
  return {
    folder,
    files: readdirSync(library, { recursive: true, encoding: "utf8" }).sort(),
    write,
    async compile() {
      const tsc = join(root, "node_modules", ".bin", "tsc");
      const { stdout } = await execa(tsc, ["-p", folder, "--pretty", "false"], { reject: false });
      return stdout;
    },
    run: (name, { node = process.execPath, env = {} } = {}) =>
      execa(node, [name], {
        cwd: folder,
        extendEnv: false,
        stripFinalNewline: false,
        env: { PATH: process.env["PATH"] ?? "", HOME: folder, ...env },
        timeout: patient(10_000),
        killSignal: "SIGKILL",
      }),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

const tsconfig = {
  compilerOptions: {
    target: "es2023",
    module: "nodenext",
    types: ["node"],
    strict: true,
    exactOptionalPropertyTypes: true,
    skipLibCheck: false,
    noEmitOnError: true,
  },
  include: ["*.ts"],
};

function unpackInto(folder: string, library: string): void {
  const options = { cwd: root, stdio: "ignore", timeout: patient(20_000) } as const;
  execFileSync("npm", ["pack", "--silent", "--ignore-scripts", "--pack-destination", folder], options);
  const archive = readdirSync(folder).find((name) => name.endsWith(".tgz")) ?? "missing.tgz";
  mkdirSync(library, { recursive: true });
  execFileSync("tar", ["-xzf", join(folder, archive), "-C", library, "--strip-components=1"], options);
  rmSync(join(folder, archive));
}

function link(name: string, folder: string): void {
  const place = join(folder, "node_modules", name);
  mkdirSync(dirname(place), { recursive: true });
  // The compiler reads types where they really are, and would find their neighbours there: these are copied.
  if (name.startsWith("@types/") || name === "undici-types") {
    cpSync(join(root, "node_modules", name), place, { recursive: true });
  } else symlinkSync(join(root, "node_modules", name), place);
}
