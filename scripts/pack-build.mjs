// Packs what a commit's build needs to run into tests/fixtures/builds/NAME.tar.gz, for tests that start an older program:
// `node scripts/pack-build.mjs COMMIT NAME`. Its packages are not in it: tests lend it those of the present clone.
import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const [commit, name] = process.argv.slice(2);
if (commit === undefined || name === undefined) {
  console.error(
    "pack-build: name a commit and the bundle, as in `node scripts/pack-build.mjs HEAD schema-9`",
  );
  process.exit(2);
}

const place = mkdtempSync(join(tmpdir(), "slipway-pack-"));
const [source, packed] = [join(place, "source"), join(place, name)];
const git = (...words) =>
  execFileSync("git", ["-C", root, ...words], { stdio: ["ignore", "pipe", "inherit"] });
try {
  git("worktree", "add", "--detach", source, commit);
  symlinkSync(join(root, "node_modules"), join(source, "node_modules"));
  execFileSync(process.execPath, ["scripts/build.mjs"], { cwd: source, stdio: "inherit" });
  const parts = [
    "bin",
    "dist/lib",
    "dist/preload",
    "dist/inside",
    "migrations",
    "templates",
    "package.json",
    ".env.example",
  ];
  for (const part of parts)
    cpSync(join(source, part), join(packed, part), {
      recursive: true,
      filter: (file) => !/\.d\.ts$|\.map$/.test(file),
    });
  const out = join(root, "tests/fixtures/builds");
  mkdirSync(out, { recursive: true });
  // The same commit packs to the same bytes.
  const date = String(git("log", "-1", "--format=@%ct", commit)).trim();
  const same = ["--sort=name", `--mtime=${date}`, "--owner=0", "--group=0", "--numeric-owner"];
  execFileSync("tar", [...same, "-C", place, "-I", "gzip -9n", "-cf", join(out, `${name}.tar.gz`), name], {
    stdio: "inherit",
  });
} finally {
  git("worktree", "remove", "--force", source);
  rmSync(place, { recursive: true, force: true });
}
