// From the set-up link to a run that completes before one's eyes, without a reload.
import { OWNER, accessible, expect, hydrated, setUp, test } from "../fixtures/test.ts";

test("set-up link, owner, sign in again, and a run appears and completes on both pages", async ({ page, server }) => {
  await page.goto(server.setup);
  await hydrated(page);
  await accessible(page);
  await setUp(page, server);

  // The link works once.
  await page.goto(server.setup);
  await expect(page.getByRole("heading", { name: "This console is set up" })).toBeVisible();

  await page.goto(`${server.console}/executions`);
  await page.getByRole("button", { name: "Sign out" }).click();
  await page.waitForURL(/\/login/);
  await hydrated(page);
  await accessible(page);
  await page.getByLabel("Email").fill(OWNER.email);
  await page.getByLabel("Password").fill(OWNER.password);
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.waitForURL(/\/executions/);
  await hydrated(page);
  await expect(page.getByText("No executions yet").or(page.locator("pre", { hasText: "curl" })).first()).toBeVisible();
  await accessible(page);

  // A mark that a reload would wipe out.
  await page.evaluate(() => document.documentElement.setAttribute("data-not-reloaded", "yes"));
  const { execution_id: id } = await server.call("/execute/analytics/async", { input: "A portfolio report" });
  const row = page.getByRole("row").filter({ hasText: "analytics" });
  await expect(row).toContainText("Completed");
  await expect(page.locator("html[data-not-reloaded]")).toBeAttached();
  await accessible(page);

  await row.getByRole("link").first().click();
  await page.waitForURL(new RegExp(`/executions/${id}`));
  await expect(page.getByRole("heading", { level: 1 })).toBeVisible();
  await expect(page.getByText("Completed").first()).toBeVisible();
  await accessible(page);
});

test("the page of a run shows its steps as they happen", async ({ page, server }) => {
  await setUp(page, server);
  const started = server.call("/execute/analytics/async", { input: "A portfolio report" });
  const { execution_id: id } = await started;
  await page.goto(`${server.console}/executions/${id}`);
  await hydrated(page);
  await expect(page.getByText("Completed").first()).toBeVisible();
  await expect(page.getByText("report", { exact: false }).first()).toBeVisible();
  await accessible(page);
});
