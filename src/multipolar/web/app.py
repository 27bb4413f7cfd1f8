"""The application: addresses, and what stands behind each."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from typing import Annotated, Any, Literal

import anyio.to_thread
import yaml
from fastapi import FastAPI, Query, Request
from fastapi.openapi.utils import get_openapi
from fastapi.responses import JSONResponse, PlainTextResponse, Response, StreamingResponse

from multipolar.errors import UnknownNameError
from multipolar.scenario import Scenario, json_schema, load_scenario, parse_scenario, shipped_scenarios
from multipolar.web.contracts import (
    BandsAnswer,
    BlocQuestion,
    ClubsAnswer,
    OrbitsAnswer,
    OrbitsQuestion,
    ProblemRecord,
    ScenariosAnswer,
    SolveAnswer,
    StabilityAnswer,
    StabilityQuestion,
    WorldAnswer,
)
from multipolar.web.engine import MOST_DRAWS, Engine, scenario_of
from multipolar.web.extras import NO_TRACK, Claims
from multipolar.web.jobs import Jobs, Work
from multipolar.web.page import MISSING, Page, built_page
from multipolar.web.problems import Refused, answer_problems
from multipolar.web.safety import Guard

__all__ = ["create_app", "openapi", "scenario_yaml"]

Closing = Literal["fixed", "scaled", "purged"]
Closed = Annotated[Closing, Query(description="Closing of trade imbalances.")]

_BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Scenario"}}},
    }
}
_PROBLEMS: dict[int | str, dict[str, Any]] = {
    status: {
        "description": what,
        "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/ProblemRecord"}}},
    }
    for status, what in ((413, "Too large."), (422, "Cannot be used as it stands; the detail says how to mend it."))
}
_EVENTS = (
    "Server-sent events: `start` {id}, `progress` {stage, done, total, seconds}, then one of `done`, `problem` and "
    "`cancelled`. Closing the connection cancels, and so does DELETE /api/jobs/{id}."
)


def create_app(
    engine: Engine | None = None,
    *,
    page: Page | None = None,
    hosts: Iterable[str] = (),
    any_address: bool = False,
    jobs: Jobs | None = None,
    extras: Mapping[str, dict[str, Any]] | None = None,
) -> FastAPI:
    """Build the application.

    Parameters
    ----------
    engine
        World to serve; the shipped one by default.
    page
        Built page; that of this package by default.
    hosts, any_address
        As in `Guard`.
    jobs
        Bounds of long work.
    extras
        What files of the user hold: ``claims`` and ``centre``, as `extras` reads them.
    """
    held, work, shown = engine or Engine(), jobs or Jobs(), built_page() if page is None else page

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        await anyio.to_thread.run_sync(held.warm)
        yield

    app = FastAPI(
        title="multipolar",
        summary="A laboratory for trade blocs.",
        docs_url=None,  # the viewers that FastAPI offers load their scripts from elsewhere
        redoc_url=None,
        openapi_url=None,
        lifespan=lifespan,
    )
    answer_problems(app)
    claims = Claims((extras or {}).get("claims"))
    _looking(app, held, work, claims, extras or {})
    _computing(app, held, work, claims)
    _page(app, shown)
    app.add_middleware(Guard, hosts=tuple(hosts), any_address=any_address)
    app.state.jobs = work
    return app


def _looking(app: FastAPI, engine: Engine, jobs: Jobs, argument: Claims, extras: Mapping[str, dict[str, Any]]) -> None:
    """What is answered without computing."""
    world = JSONResponse(engine.describe(jobs.seconds))
    listed = JSONResponse(engine.scenarios())

    @app.get("/api/world", response_model=WorldAnswer, tags=["look"])
    async def world_held() -> Response:
        """The world: economies, sectors, countries for the map, external tariffs, and what is computed at most."""
        return world

    @app.get("/api/clubs", response_model=ClubsAnswer, responses=_PROBLEMS, tags=["look"])
    def clubs(
        on: Annotated[str, Query(max_length=10, description="Day, YYYY-MM-DD.")] = "2009-06-15",
    ) -> Response:
        """The clubs in force on a day."""
        return JSONResponse(engine.clubs(on))

    @app.get("/api/scenarios", response_model=ScenariosAnswer, tags=["look"])
    async def scenarios() -> Response:
        """The scenarios that ship."""
        return listed

    @app.get("/api/scenarios/{name}", responses={404: _PROBLEMS[422]}, tags=["look"], response_model=dict[str, Any])
    def scenario(name: str) -> Response:
        """A shipped scenario as JSON, in the form that /api/solve takes."""
        if name not in shipped_scenarios():
            raise Refused(404, str(UnknownNameError("scenario", name, shipped_scenarios())))
        return JSONResponse(_plain(load_scenario(name)))

    @app.get("/api/openapi.json", include_in_schema=False)
    async def description() -> Response:
        return JSONResponse(openapi(app))

    @app.get("/api/claims", tags=["look"], response_model=dict[str, Any])
    def claims() -> Response:
        """The claims of the argument with their verdicts; `claims` is null, with a reason, where there are none."""
        return JSONResponse(argument.shown)

    @app.get("/api/centre", tags=["look"], response_model=dict[str, Any])
    def centre() -> Response:
        """The economic centre of gravity: `point` in the world's year; `track` is null, with a reason, without GDP."""
        return JSONResponse({**extras.get("centre", NO_TRACK), "point": engine.centre()})


def _computing(app: FastAPI, engine: Engine, jobs: Jobs, argument: Claims) -> None:
    """What is computed: at once, or told step by step."""

    def told(work: Work) -> Response:
        events = jobs.begin(work)
        return StreamingResponse(events, media_type="text/event-stream", headers={"cache-control": "no-store"})

    @app.post("/api/solve", response_model=SolveAnswer, responses=_PROBLEMS, openapi_extra=_BODY, tags=["compute"])
    async def solve(request: Request, deficits: Closed = "fixed") -> Response:
        """Solve a scenario; the answer is that of `multipolar solve --json`."""
        scenario = scenario_of(await request.body())
        found = await anyio.to_thread.run_sync(engine.solve, scenario, deficits)
        return JSONResponse(found)

    @app.post(
        "/api/bands",
        responses={200: _events("BandsAnswer"), **_PROBLEMS},
        openapi_extra=_BODY,
        tags=["compute"],
        description=f"Draw bands around a scenario. {_EVENTS}",
    )
    async def bands(
        request: Request,
        draws: Annotated[int, Query(ge=2, le=MOST_DRAWS)] = 100,
        seed: Annotated[int, Query(ge=0, lt=2**63)] = 2009,
        deficits: Closed = "fixed",
    ) -> Response:
        scenario = scenario_of(await request.body())
        return told(lambda progress: engine.bands(scenario, draws, seed, deficits, progress))

    @app.post(
        "/api/bloc",
        responses={200: _events(None), **_PROBLEMS},
        tags=["compute"],
        description=f"Ask whether a bloc holds; the result is that of `multipolar bloc --json`. {_EVENTS}",
    )
    async def bloc(question: BlocQuestion) -> Response:
        return told(lambda progress: engine.bloc(question, progress))

    @app.post(
        "/api/stability",
        responses={200: _events("StabilityAnswer"), **_PROBLEMS},
        tags=["compute"],
        description=f"Ask who would stay in a bloc, over two assumptions, at the most likely figures. {_EVENTS}",
    )
    async def stability(question: StabilityQuestion) -> Response:
        return told(lambda progress: engine.stability(question, progress))

    @app.post(
        "/api/orbits",
        responses={200: _events("OrbitsAnswer"), **_PROBLEMS},
        tags=["compute"],
        description=f"Cut off trade of every economy with every pole, one at a time. {_EVENTS}",
    )
    async def orbits(question: OrbitsQuestion) -> Response:
        return told(lambda progress: engine.orbits(question.poles, progress))

    @app.post(
        "/api/claims/compute",
        responses={200: _events(None), **_PROBLEMS},
        tags=["compute"],
        description="Compute the claims of the argument on the figures that ship and keep them for GET /api/claims, "
        f"which the result is; where there are claims already they are the result. {_EVENTS}",
    )
    async def claims() -> Response:
        return told(argument.compute)

    @app.delete("/api/jobs/{job}", status_code=204, responses={404: _PROBLEMS[422]}, tags=["compute"])
    async def cancel(job: str) -> Response:
        """Cancel work under way."""
        if not jobs.cancel(job):
            raise Refused(404, "no such work is under way; it has ended, or was cancelled before")
        return Response(status_code=204)

    @app.post("/api/yaml", responses={200: {"content": {"text/yaml": {}}}, **_PROBLEMS}, openapi_extra=_BODY)
    async def as_file(request: Request) -> Response:
        """Return a scenario as the file that `multipolar solve` reads."""
        scenario = scenario_of(await request.body())
        name = f'attachment; filename="{scenario.id}.yaml"'
        return PlainTextResponse(scenario_yaml(scenario), media_type="text/yaml", headers={"content-disposition": name})

    @app.post(
        "/api/scenario",
        response_model=dict[str, Any],
        responses=_PROBLEMS,
        openapi_extra={
            "requestBody": {"required": True, "content": {"text/yaml": {"schema": {"type": "string"}}}},
        },
    )
    async def as_json(request: Request) -> Response:
        """Read a scenario file: returns it as JSON, or says by line what is wrong with it."""
        scenario = parse_scenario(await request.body(), "file")
        return JSONResponse({"scenario": _plain(scenario), "notes": engine.check(scenario)})


def _events(model: str | None) -> dict[str, Any]:
    what = "Events." if model is None else f"Events; the data of `done` is a {model}."
    return {"description": what, "content": {"text/event-stream": {"schema": {"type": "string"}}}}


def _page(app: FastAPI, page: Page) -> None:
    @app.get("/{address:path}", include_in_schema=False)
    async def file(request: Request, address: str) -> Response:
        found = page.answer(request, f"/{address}")
        if found is not None:
            return found
        if address == "" and not page:
            return PlainTextResponse(f"multipolar: {MISSING}\n", status_code=503)
        raise Refused(404, "there is nothing at this address")


def _plain(scenario: Scenario) -> dict[str, Any]:
    return scenario.model_dump(mode="json", by_alias=True, exclude_unset=True)


def scenario_yaml(scenario: Scenario) -> str:
    """Write a scenario as the text of a file; reading it gives an equal scenario."""
    return yaml.safe_dump(_plain(scenario), sort_keys=False, allow_unicode=True, width=110)


def openapi(app: FastAPI) -> dict[str, Any]:
    """Return the OpenAPI description, the scenario's own schema included."""
    described = get_openapi(
        title=app.title, version=_version(), summary=app.summary, routes=app.routes, openapi_version="3.1.0"
    )
    parts = described.setdefault("components", {}).setdefault("schemas", {})
    scenario = json_schema("scenario")
    scenario.pop("$schema")
    parts.update(scenario.pop("$defs"))
    parts["Scenario"] = scenario
    for model in (ProblemRecord, BandsAnswer, OrbitsAnswer, StabilityAnswer):
        own = model.model_json_schema(ref_template="#/components/schemas/{model}")
        parts.update(own.pop("$defs", {}))
        parts[model.__name__] = own
    for unused in ("HTTPValidationError", "ValidationError"):
        parts.pop(unused, None)
    return _referring(described)


def _referring(part: Any) -> Any:
    """Point references of the scenario's schema to where its parts stand in the description."""
    if isinstance(part, dict):
        found = {k: _referring(v) for k, v in part.items()}
        if isinstance(found.get("$ref"), str):
            found["$ref"] = found["$ref"].replace("#/$defs/", "#/components/schemas/")
            if found["$ref"].endswith("/HTTPValidationError"):
                found["$ref"] = "#/components/schemas/ProblemRecord"
        if isinstance(found.get("mapping"), dict):
            found["mapping"] = {k: v.replace("#/$defs/", "#/components/schemas/") for k, v in found["mapping"].items()}
        return found
    return [_referring(item) for item in part] if isinstance(part, list) else part


def _version() -> str:
    from multipolar import __version__

    return __version__
