"""JAX for the tests of what is compiled, with several devices from its first use on: then it is too late."""

import pytest


@pytest.fixture(scope="session")
def jax():
    jax = pytest.importorskip("jax", reason="the backend jax needs JAX")
    jax.config.update("jax_num_cpu_devices", 4)
    return jax
