"""A mock model behind litellm's proxy.

It asks for the first tool that is offered; once a tool has answered it gives its final answer:
JSON that fits `response_format` where one is set, text that quotes the tool's answer otherwise.
"""

import json

from litellm import CustomLLM, ModelResponse
from litellm.types.utils import Choices, Message, Usage


def instance(schema):
    """The smallest value that fits `schema`: types, required members, enums and bounds."""
    if "const" in schema:
        return schema["const"]
    if schema.get("enum"):
        return schema["enum"][0]
    kind = schema.get("type", "object")
    if isinstance(kind, list):
        kind = kind[0]
    if kind == "object":
        members = schema.get("properties", {})
        return {name: instance(members.get(name, {"type": "string"})) for name in schema.get("required", members)}
    if kind == "array":
        return [instance(schema.get("items", {"type": "string"}))] * max(1, schema.get("minItems", 1))
    if kind in ("integer", "number"):
        return schema.get("minimum", 1)
    return {"boolean": True, "null": None}.get(kind, "litellm" + "x" * max(0, schema.get("minLength", 0) - 7))


def text_of(message):
    """A message's text, whether it is a string, a list of parts or absent."""
    content = message.get("content") or ""
    if isinstance(content, list):
        content = " ".join(part.get("text", "") for part in content)
    return content


def final_answer(messages, response_format):
    """What the model says when it has what it needs."""
    wanted = (response_format or {}).get("type")
    if wanted == "json_schema":
        return json.dumps(instance(response_format["json_schema"]["schema"]))
    answers = [text_of(message) for message in messages if message.get("role") == "tool"]
    said = f"The tool said: {answers[-1]}" if answers else f"You said: {text_of(messages[-1])}"
    return json.dumps({"answer": said}) if wanted == "json_object" else said


def answer(model, messages, optional_params):
    """One completion in the proxy's own type."""
    tools = optional_params.get("tools") or []
    answered = any(message.get("role") == "tool" for message in messages)
    if tools and not answered:
        function = tools[0]["function"]
        arguments = json.dumps({"text": "from the model"} if "echo" in function["name"] else {})
        call = {"id": "call_1", "type": "function", "function": {"name": function["name"], "arguments": arguments}}
        message, reason = Message(role="assistant", content=None, tool_calls=[call]), "tool_calls"
    else:
        text = final_answer(messages, optional_params.get("response_format"))
        message, reason = Message(role="assistant", content=text), "stop"
    words_in = sum(len(text_of(m).split()) for m in messages)
    words_out = max(1, len((message.content or "").split()))
    usage = Usage(prompt_tokens=words_in, completion_tokens=words_out, total_tokens=words_in + words_out)
    return ModelResponse(model=model, choices=[Choices(index=0, finish_reason=reason, message=message)], usage=usage)


class MockModel(CustomLLM):
    """Answers without any network."""

    def completion(self, model, messages, optional_params, *args, **kwargs):
        return answer(model, messages, optional_params)

    async def acompletion(self, model, messages, optional_params, *args, **kwargs):
        return answer(model, messages, optional_params)


mock_model = MockModel()
