"""`python -m planproof`."""

from planproof.cli import main

raise SystemExit(main())
