import { builtinModules } from "node:module";

/** Takes the calls of C functions away (`node:ffi`, from Node 26 on without a flag): any of them could open a socket that nothing here sees. */
export function refuseForeignFunctions(): void {
  if (!builtinModules.includes("node:ffi")) return;
  const ffi = loadInSilence();
  for (const name of ["dlopen", "dlsym", "DynamicLibrary"]) {
    if (name in ffi) Object.defineProperty(ffi, name, { value: refuse, enumerable: true });
  }
}

function refuse(): never {
  const message = "node:ffi is not available in the preload tier: a C function could bypass the relay";
  throw Object.assign(new Error(message), { code: "EPERM", syscall: "dlopen" });
}

// Loading it warns that it is experimental, which the bot did not ask for.
function loadInSilence(): object {
  const own = Object.getOwnPropertyDescriptor(process, "emitWarning");
  Object.defineProperty(process, "emitWarning", { value: () => {}, configurable: true, writable: true });
  try {
    return require("node:ffi") as object;
  } finally {
    Reflect.deleteProperty(process, "emitWarning");
    if (own !== undefined) Object.defineProperty(process, "emitWarning", own);
  }
}
