import { join } from "node:path";
import { labAddresses } from "./lab-addresses.ts";
import { runTool } from "./namespace-holder.ts";

/** Makes a throw-away certificate for the lab's names in the folder; undefined where `openssl` is missing. */
export async function makeLabCertificate(
  folder: string,
): Promise<{ readonly certFile: string; readonly keyFile: string } | undefined> {
  const [certFile, keyFile] = [join(folder, "cert.pem"), join(folder, "key.pem")];
  const { targetName, target, targetIpv6 } = labAddresses;
  const names = `DNS:${targetName},DNS:*.${targetName},IP:${target},IP:${targetIpv6}`;
  try {
    await runTool([...makeOne, "-addext", `subjectAltName=${names}`, "-keyout", keyFile, "-out", certFile]);
    return { certFile, keyFile };
  } catch {
    return undefined;
  }
}

const makeOne =
  "openssl req -x509 -nodes -days 2 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -subj /CN=slipway-lab".split(
    " ",
  );
