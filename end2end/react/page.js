// A page of a tenant's: it runs a workflow with the hook and shows what came of it.
import { createElement as element, useState } from "react";
import { useWorkflow } from "/use-workflow.js";

const settings = new URLSearchParams(location.search);

function Outcome({ answer }) {
  if (!answer) return null;
  const sentence = answer.status === "completed" ? answer.result.summary ?? answer.result.content : answer.error;
  return element("p", { role: answer.status === "completed" ? "status" : "alert" }, sentence);
}

function Page() {
  const [key, setKey] = useState(settings.get("key"));
  const { run, pending, answer } = useWorkflow(settings.get("address"), key);
  const button = (name, workflow) =>
    element("button", { disabled: pending, onClick: () => run(workflow, "Show Q4 sales KPIs", { region: "dubai" }) }, name);
  return element(
    "div",
    null,
    element("label", null, "Key", element("input", { value: key, onChange: (event) => setKey(event.target.value) })),
    button("Sales", "kpi-sales"),
    button("Refused", "refused"),
    element(Outcome, { answer }),
  );
}

ReactDOM.createRoot(document.getElementById("page")).render(element(Page));
