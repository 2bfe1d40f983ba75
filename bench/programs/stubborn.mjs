// A program that does not end when it is asked to.
process.on("SIGTERM", () => {});
process.on("SIGINT", () => {});
console.log(`up ${process.pid}`);
setInterval(() => {}, 60_000);
