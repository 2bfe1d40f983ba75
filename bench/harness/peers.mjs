// What Slipway is measured beside: how each is found, which version it is, and how it is installed. Debian and npm only.
import { spawnSync } from "node:child_process";
import { accessSync, constants, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { delimiter, dirname, join } from "node:path";

const require = createRequire(import.meta.url);
const debian = (name, program, title = name) => ({
  title,
  find: () => (program.includes("/") ? executable(program) : onPath(program)),
  version: () =>
    (spawnSync("dpkg-query", ["-W", name], { encoding: "utf8" }).stdout ?? "").split(/\s+/)[1] ??
    "of unknown version",
  hint: `apt-get install ${name}`,
});
const npm = (name) => ({
  title: name,
  find: () => packageFile(name),
  version: () => JSON.parse(readFileSync(packageFile(name), "utf8")).version,
  hint: "npm ci",
});

const catalogue = {
  runit: debian("runit", "runsvdir"),
  s6: debian("s6", "s6-svscan"),
  supervisord: debian("supervisor", "supervisord"),
  squid: debian("squid", "/usr/sbin/squid"),
  tinyproxy: debian("tinyproxy", "tinyproxy"),
  proxychains4: debian("proxychains4", "proxychains4"),
  torsocks: debian("torsocks", "torsocks"),
  postgresql: debian("postgresql", "pg_ctlcluster", "the system's PostgreSQL"),
  cryptography: {
    ...debian("python3-cryptography", "/usr/bin/python3", "Python cryptography"),
    find: () => spawnSync("/usr/bin/python3", ["-c", "import cryptography"]).status === 0,
  },
  setpriv: debian("util-linux", "setpriv"),
  pm2: npm("pm2"),
  "proxy-chain": npm("proxy-chain"),
  "global-agent": npm("global-agent"),
  undici: npm("undici"),
  "https-proxy-agent": npm("https-proxy-agent"),
  // Nothing else needs it, and it does its cryptography itself.
  fernet: { ...npm("fernet"), hint: "npm install --no-save fernet@0.3.3" },
};

/** Looks for peers by name; keeps which are here, with their versions, and which are skipped, with what installs them. */
export function peerFinder() {
  const versions = {};
  const skipped = {};
  return {
    versions,
    skipped,
    has(name) {
      const peer = catalogue[name];
      const found = peer.find();
      if (found) versions[peer.title] = peer.version();
      else skipped[peer.title] = peer.hint;
      return Boolean(found);
    },
    /** What is neither Debian's nor npm's, such as another Node. */
    skip(title, hint) {
      skipped[title] = hint;
    },
  };
}

/** The folder of an npm package. */
export function packageFolder(name) {
  return dirname(packageFile(name));
}

function packageFile(name) {
  const places = require.resolve.paths(name).map((place) => join(place, name, "package.json"));
  return places.find((path) => isThere(path, constants.R_OK));
}

function onPath(program) {
  return (process.env.PATH ?? "").split(delimiter).some((folder) => executable(join(folder, program)));
}

function executable(path) {
  return isThere(path, constants.X_OK);
}

function isThere(path, mode) {
  try {
    accessSync(path, mode);
    return true;
  } catch {
    return false;
  }
}
