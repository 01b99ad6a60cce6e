/** Seconds until a page that waits for the build asks again. */
const AGAIN_SECONDS = 1;

/** The page while the dashboard is being built: it asks again by itself, without a script. */
export function buildingPage(): string {
  return page(
    `<meta http-equiv="refresh" content="${AGAIN_SECONDS}">`,
    "The dashboard is being built",
    "This happens once after a change of its sources and takes a few seconds. The page reloads by itself.",
    "仪表盘正在构建，几秒后本页会自动刷新。",
  );
}

/** The page where the dashboard could not be built; why is in the log, where it is safe. */
export function failedPage(): string {
  return page(
    "",
    "The dashboard could not be built",
    "The gateway itself works. Its log says why; reload this page to try again.",
    "仪表盘构建失败：网关本身不受影响。原因见日志；刷新本页会再试一次。",
  );
}

function page(head: string, title: string, text: string, chinese: string): string {
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><meta name="color-scheme" content="light dark">${head}<title>Tideover</title></head><body><main><h1>${title}</h1><p>${text}</p><p lang="zh">${chinese}</p></main></body></html>`;
}
