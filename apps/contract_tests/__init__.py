"""One contract, checked from outside against every app that claims to keep it.

pytest apps/contract_tests
    starts both apps under each of their servers on loopback, with SQLite
pytest apps/contract_tests --database-url postgresql://user:password@host:5432/scratch
    the same with PostgreSQL as well, plus what only a real server can show
pytest apps/contract_tests --app flask=http://127.0.0.1:8001 --app fastapi=http://127.0.0.1:8002
    checks apps that already run, for instance behind a Kubernetes Service
"""
