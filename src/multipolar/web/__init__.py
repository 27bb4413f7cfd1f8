"""The page: a small server on this machine that answers the questions of the command line as JSON, and its front-end.

`multipolar serve` starts it. Needs the extra ``web`` (fastapi, uvicorn); the front-end itself is TypeScript in the
folder ``web/`` of the project and travels, built, inside the wheel.
"""
