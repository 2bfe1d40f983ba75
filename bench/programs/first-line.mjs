// The smallest program that is started: its first line says that it is up, with its pid; it ends at SIGTERM.
process.on("SIGTERM", () => process.exit(0));
console.log(`up ${process.pid}`);
setInterval(() => {}, 60_000);
