#!/bin/bash
# Tells the ECS agent of this machine which cluster to join.
echo ECS_CLUSTER={{cluster}} >> /etc/ecs/ecs.config
