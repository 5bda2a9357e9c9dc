// A tenant's page on another origin, with React and our hook: what the browser sends, and what people read.
import { type Request, expect, test as base } from "@playwright/test";
import { Server } from "../fixtures/server.ts";
import { Site } from "../fixtures/site.ts";

const REFUSED = `
id: refused
name: Refused
entry_step: stop
steps:
  - { id: stop, type: fail, code: no_data, message: "There are no figures for {{ context.region }}" }
`;

const test = base.extend<{ site: Site; server: Server }>({
  site: async ({}, use) => {
    const site = await Site.start();
    await use(site);
    await site.stop();
  },
  server: async ({ site }, use) => {
    const server = await Server.start({ CORS_ORIGINS: site.origin });
    server.apply("refused", REFUSED);
    await use(server);
    await server.stop();
  },
});

test("a tenant's page runs workflows and shows what came of them", async ({ page, server, site }) => {
  const sent: Request[] = [];
  page.on("request", (request) => {
    if (request.url().startsWith(server.api)) sent.push(request);
  });
  const settings = new URLSearchParams({ address: server.api, key: server.key });
  await page.goto(`${site.origin}/?${settings}`);

  await page.getByRole("button", { name: "Sales" }).click();
  await expect(page.getByRole("status")).toContainText("Dubai", { ignoreCase: true });
  const call = sent.find((request) => request.method() === "POST")!;
  expect(call.url()).toBe(`${server.api}/api/v1/external/execute/kpi-sales`);
  expect(call.postDataJSON()).toEqual({ input: "Show Q4 sales KPIs", context: { region: "dubai" } });
  const headers = await call.allHeaders();
  expect(headers).toMatchObject({ "content-type": "application/json", "x-api-key": server.key, origin: site.origin });

  await page.getByRole("button", { name: "Refused" }).click();
  await expect(page.getByRole("alert")).toHaveText("There are no figures for dubai");

  await page.getByLabel("Key").fill("wrong");
  await page.getByRole("button", { name: "Sales" }).click();
  await expect(page.getByRole("alert")).toHaveText("Invalid API key");
});

test("a page of an origin that nobody named reads nothing", async ({ page, server }) => {
  const foreign = await Site.start();
  const settings = new URLSearchParams({ address: server.api, key: server.key });
  await page.goto(`${foreign.origin}/?${settings}`);
  await page.getByRole("button", { name: "Sales" }).click();
  await expect(page.getByRole("alert")).toContainText("There is no answer");
  await foreign.stop();
});
