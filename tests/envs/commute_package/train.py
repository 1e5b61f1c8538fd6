"""Trains briefly on me/Commute-v0 through every Gymnasium entry point; run `python train.py` here."""

import gymnasium as gym
import numpy as np
from stable_baselines3 import PPO
from stable_baselines3.common.env_util import make_vec_env
from stable_baselines3.common.vec_env import SubprocVecEnv

ENV_ID = "commute:me/Commute-v0"
SMALL = {"catalog": "synthetic:400", "pool_size": 10}


def train(env):
    """Trains on any environment that Stable-Baselines3 accepts, and returns the number of steps."""
    return (
        PPO("MultiInputPolicy", env, n_steps=8, batch_size=8, n_epochs=1, device="cpu")
        .learn(16)
        .num_timesteps
    )


def main():
    """Trains through each entry point and compares the vector modes."""
    print("gym.make:", train(gym.make(ENV_ID, **SMALL)))
    print("make_vec_env:", train(make_vec_env(ENV_ID, 2, env_kwargs=SMALL)))
    print("SubprocVecEnv:", train(make_vec_env(ENV_ID, 2, env_kwargs=SMALL, vec_env_cls=SubprocVecEnv)))
    rewards = {}
    for mode in ("async", "vector_entry_point"):
        vector = gym.make_vec(ENV_ID, num_envs=2, vectorization_mode=mode, **SMALL)
        vector.reset(seed=7)
        rewards[mode] = [vector.step(np.array([slot, slot]))[1].tolist() for slot in range(2)]
        infos = vector.step(np.array([2, 2]))[4]
        print(f"{mode}:", "utility_road_noise" in infos)
        vector.close()
    print("subprocesses agree:", rewards["async"] == rewards["vector_entry_point"])


if __name__ == "__main__":
    main()
